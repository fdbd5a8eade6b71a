import * as React from 'react';

import { formatBytes } from '../../record/units';
import { Fold } from '../parts/fold';
import { byteList } from '../parts/byte-list';
import { Text } from '../parts/text';
import type { Holder } from '../../record/_session';
import type { ITranslate } from '../state';

/** Rows shown at most. */
const LISTED = 8;

/** What keeps memory alive although no variable of the notebook reaches it. */
export function Holders(props: {
  holders: readonly Holder[];
  trans: ITranslate;
}): JSX.Element | null {
  const { holders, trans } = props;
  const total = holders
    .flatMap(({ unique_bytes }) => Object.values(unique_bytes ?? {}))
    .reduce((sum, bytes) => sum + bytes, 0);
  return holders.length === 0 ? null : (
    <Fold
      name="holders"
      title={trans.__('Kept alive beyond variables')}
      summary={formatBytes(total)}
    >
      <ul className="jp-Torchprof-entries">
        {holders.slice(0, LISTED).map((holder, index) => (
          <li key={index}>
            <span className="jp-Torchprof-entryHead">
              <Text value={holder.name} length={80} />
              <span>{byteList(holder.unique_bytes ?? {}) || '–'}</span>
            </span>
            <span className="jp-Torchprof-entryDetails">
              <Text value={holder.what} length={120} />
              {' · '}
              {kindName(holder, trans)}
            </span>
          </li>
        ))}
      </ul>
      {holders.length > LISTED && (
        <p className="jp-Torchprof-muted">
          {trans._n('and %1 more', 'and %1 more', holders.length - LISTED)}
        </p>
      )}
    </Fold>
  );
}

function kindName(holder: Holder, trans: ITranslate): string {
  const by = (holder.held_by ?? []).slice(0, 3).join(', ');
  switch (holder.kind) {
    case 'output':
      return trans.__('an output that IPython keeps');
    case 'traceback':
      return trans.__('frames of the last error');
    case 'old_object':
      return by
        ? trans.__('bound to the name before, held by %1', by)
        : trans.__('bound to the name before');
  }
}
