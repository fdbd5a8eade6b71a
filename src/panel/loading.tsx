import * as React from 'react';

import type { ITranslate } from '../views/state';

/** Holds the place of the panel while its views are loaded. */
export function Loading(props: { trans: ITranslate }): JSX.Element {
  return (
    <div className="jp-Torchprof-loading" role="status">
      {props.trans.__('Loading…')}
    </div>
  );
}
