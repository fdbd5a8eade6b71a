import * as React from 'react';

import { firstCodeLine } from '../record/derive';
import { AdviceIcon } from '../views/icons';
import { runLabel } from '../views/run-label';
import { Code } from '../views/text';
import type { CellRecord, Session } from '../record/_session';
import type { ITranslate } from '../views/state';
import { hasChanges } from './comparison';

/** Table of contents: beside the report where there is room, else folded above it. */
export function Contents(props: {
  session: Session;
  /** There is an earlier session to compare with. */
  hasBaseline?: boolean;
  anchors: ReadonlyMap<CellRecord, string>;
  trans: ITranslate;
}): JSX.Element {
  const { session, hasBaseline, anchors, trans } = props;
  const cells = session.cells ?? [];
  const wide = React.useMemo(
    () => matchMedia('(min-width: 1100px)').matches,
    []
  );
  return (
    <nav className="jp-Torchprof-contents" aria-label={trans.__('Contents')}>
      <details open={wide}>
        <summary>{trans.__('Contents')}</summary>
        <ul>
          <li>
            <a href="#overview">{trans.__('Overview')}</a>
          </li>
          {cells.length > 1 && (
            <li>
              <a href="#timeline">{trans.__('Timeline')}</a>
            </li>
          )}
          {hasBaseline && (
            <li>
              <a href="#comparison">{trans.__('Comparison')}</a>
            </li>
          )}
          <li>
            <a href="#cells">{trans.__('Cells')}</a>
            <ul>
              {cells.map(record => (
                <li key={record.run_id}>
                  <a href={`#${anchors.get(record)}`}>
                    <span className="jp-Torchprof-lineNumber">
                      {runLabel(record)}
                    </span>
                    <Code value={firstCodeLine(record.source)} length={80} />
                    {(record.advice ?? []).length > 0 && <AdviceIcon />}
                  </a>
                </li>
              ))}
            </ul>
          </li>
          {hasChanges(session) && (
            <li>
              <a href="#changes">{trans.__('Changes')}</a>
            </li>
          )}
          <li>
            <a href="#environment">{trans.__('Environment')}</a>
          </li>
        </ul>
      </details>
    </nav>
  );
}
