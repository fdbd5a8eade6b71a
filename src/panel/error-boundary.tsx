import * as React from 'react';

import type { ITranslate } from '../views/state';

interface IProps {
  trans: ITranslate;
  children: React.ReactNode;
}

/** Says in place of the panel that it could not be drawn; the notebook goes on as if nothing was. */
export class ErrorBoundary extends React.Component<
  IProps,
  { error: Error | null }
> {
  override state = { error: null as Error | null };

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override render(): React.ReactNode {
    const { trans, children } = this.props;
    const { error } = this.state;
    if (!error) {
      return children;
    }
    return (
      <div className="jp-Torchprof-broken" role="alert">
        <p>{trans.__('The profile could not be drawn: %1', error.message)}</p>
        <button
          type="button"
          className="jp-mod-styled jp-mod-minimal"
          onClick={() => this.setState({ error: null })}
        >
          {trans.__('Try again')}
        </button>
      </div>
    );
  }
}
