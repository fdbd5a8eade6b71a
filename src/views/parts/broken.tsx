import * as React from 'react';

import { Text } from './text';
import type { ITranslate } from '../state';

/** A document that can't be shown: the reason is a sentence of ours, or the error's. */
export function Broken(props: {
  reason: unknown;
  trans: ITranslate;
}): JSX.Element {
  const { reason, trans } = props;
  const message = reason instanceof Error ? reason.message : String(reason);
  return (
    <div className="jp-Torchprof">
      <p className="jp-Torchprof-broken" role="alert">
        <strong>{trans.__('This profile cannot be shown.')}</strong>{' '}
        <Text value={message} length={500} />
      </p>
    </div>
  );
}
