import * as React from 'react';

import { Broken } from './broken';
import type { ITranslate } from '../state';

interface IProps {
  /** What is drawn: with something else, drawing is tried again. */
  of: unknown;
  trans: ITranslate;
  children: React.ReactNode;
}

interface IState {
  of: unknown;
  error: Error | null;
}

/** Keeps a record that cannot be drawn from taking the rest of the panel with it. */
export class Guard extends React.Component<IProps, IState> {
  override state: IState = { of: this.props.of, error: null };

  static getDerivedStateFromError(error: Error): Partial<IState> {
    return { error };
  }

  static getDerivedStateFromProps(
    props: IProps,
    state: IState
  ): Partial<IState> | null {
    return props.of === state.of ? null : { of: props.of, error: null };
  }

  override render(): React.ReactNode {
    const { error } = this.state;
    return error ? (
      <Broken reason={error} trans={this.props.trans} />
    ) : (
      this.props.children
    );
  }
}
