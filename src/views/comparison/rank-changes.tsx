import * as React from 'react';

import type { IRankChange } from '../../record/compare-ranks';
import { Group } from '../parts/section';
import { Text } from '../parts/text';
import type { ITranslate } from '../state';
import { rankChangeWords } from './rank-change-words';

/** Changes listed of one cell. */
const LISTED = 12;

/** What changed among the processes that cells start; nothing where nothing did beyond noise. */
export function RankChanges(props: {
  /** By cell; its name, where there are several. */
  cells: readonly { name?: string; changes: readonly IRankChange[] }[];
  trans: ITranslate;
}): JSX.Element | null {
  const { trans } = props;
  const cells = props.cells.filter(({ changes }) => changes.length > 0);
  if (cells.length === 0) {
    return null;
  }
  return (
    <Group title={trans.__('Ranks')}>
      <ul className="jp-Torchprof-rankChanges">
        {cells.map(({ name, changes }) =>
          changes.slice(0, LISTED).map((change, index) => (
            <li key={`${name} ${index}`}>
              {name && <>{name} </>}
              <Text value={rankChangeWords(change, trans)} length={200} />
            </li>
          ))
        )}
      </ul>
      {cells.map(({ name = '', changes }) =>
        changes.length > LISTED ? (
          <p key={name} className="jp-Torchprof-muted">
            {name}{' '}
            {trans._n('and %1 more', 'and %1 more', changes.length - LISTED)}
          </p>
        ) : null
      )}
    </Group>
  );
}
