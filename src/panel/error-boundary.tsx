import * as React from 'react';

import type { ITranslate } from '../views/state';

interface IProps {
  trans: ITranslate;
  /** What to draw; another number after each failure, so that what was not loaded is tried again. */
  children: React.ReactNode | ((attempt: number) => React.ReactNode);
}

interface IState {
  error: Error | null;
  attempt: number;
}

/** Says in place of the panel that it could not be drawn; the notebook goes on as if nothing was. */
export class ErrorBoundary extends React.Component<IProps, IState> {
  override state: IState = { error: null, attempt: 0 };

  static getDerivedStateFromError(error: Error): Partial<IState> {
    return { error };
  }

  override render(): React.ReactNode {
    const { trans, children } = this.props;
    const { error, attempt } = this.state;
    if (!error) {
      return typeof children === 'function' ? children(attempt) : children;
    }
    return (
      <div className="jp-Torchprof-broken" role="alert">
        <p>{trans.__('The profile could not be drawn: %1', error.message)}</p>
        <button
          type="button"
          className="jp-mod-styled jp-mod-minimal"
          onClick={() => this.setState({ error: null, attempt: attempt + 1 })}
        >
          {trans.__('Try again')}
        </button>
      </div>
    );
  }
}
