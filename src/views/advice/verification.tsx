import * as React from 'react';

import { CheckIcon, WarningIcon } from '../parts/icons';
import { Text } from '../parts/text';
import { verdicts } from './verification-words';
import type { CellRecord } from '../../record/_session';
import type { ITranslate } from '../state';

/** What the changed cell measured beside what its fix had promised. */
export function Verdicts(props: {
  record: CellRecord;
  trans: ITranslate;
}): JSX.Element | null {
  const { trans } = props;
  const list = verdicts(props.record, trans);
  return list.length === 0 ? null : (
    <ul className="jp-Torchprof-verdicts" aria-label={trans.__('Verification')}>
      {list.map(verdict => (
        <li
          key={verdict.rule}
          className="jp-Torchprof-verdict"
          data-tone={verdict.better === false ? 'worse' : 'better'}
        >
          {verdict.better === false ? <WarningIcon /> : <CheckIcon />}
          <span>
            <strong>
              {verdict.better === false
                ? trans.__('The fix did not help.')
                : trans.__('The fix was measured.')}
            </strong>{' '}
            <Text value={verdict.words} length={500} />
          </span>
        </li>
      ))}
    </ul>
  );
}
