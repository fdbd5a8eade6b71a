import * as React from 'react';

import { Fold } from './fold';
import { Prose, Text } from './text';
import type { RaisedWarning } from '../record/_session';
import type { ITranslate } from './state';

/** Rows shown at most. */
const LISTED = 6;

/** PyTorch's own warnings during the cell, word for word. */
export function Warnings(props: {
  warnings: readonly RaisedWarning[];
  trans: ITranslate;
}): JSX.Element | null {
  const { warnings, trans } = props;
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
                  typeof warning.line === 'number' &&
                    trans.__('line %1', warning.line),
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
