import * as React from 'react';

import { Fold } from '../parts/fold';
import { lineWords } from './line-words';
import { Prose, Text } from '../parts/text';
import type { CellRecord } from '../../record/_session';
import type { ITranslate } from '../state';

/** Rows shown at most. */
const LISTED = 6;

/** PyTorch's own warnings during the cell, word for word. */
export function Warnings(props: {
  record: CellRecord;
  trans: ITranslate;
}): JSX.Element | null {
  const { record, trans } = props;
  const warnings = record.warnings ?? [];
  return warnings.length === 0 ? null : (
    <Fold
      name="warnings"
      title={trans.__('Warnings of PyTorch')}
      summary={warnings.length}
    >
      <ul className="jp-Torchprof-entries">
        {warnings.slice(0, LISTED).map((warning, index) => (
          <li key={index}>
            <span className="jp-Torchprof-entryHead">
              <Text value={warning.category} length={60} />
              <span className="jp-Torchprof-muted">
                {[
                  lineWords(record, warning, trans),
                  (warning.count ?? 1) > 1 && `× ${warning.count}`
                ]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
            </span>
            <span className="jp-Torchprof-entryDetails">
              <Prose text={warning.message} length={600} />
            </span>
          </li>
        ))}
      </ul>
    </Fold>
  );
}
