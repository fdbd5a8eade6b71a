import * as React from 'react';

import { formatBytesDelta, formatPercent } from '../record/units';
import { Fold } from './fold';
import { Code } from './text';
import type { LineCost } from '../record/_session';
import type { ITranslate } from './state';

/** Lines shown; the others took less. */
const SHOWN = 5;
/** Growth below this is the noise of an interpreter at work. Bytes. */
const GROWTH = 1 << 20;

/** Where the time of the cell went, as far as samples can tell. */
export function Lines(props: {
  lines: readonly LineCost[];
  source: string;
  trans: ITranslate;
}): JSX.Element | null {
  const { trans } = props;
  const lines = [...props.lines]
    .sort((a, b) => b.time_share - a.time_share)
    .slice(0, SHOWN);
  // One line that took all the time is no news.
  if (lines.length < 2) {
    return null;
  }
  const code = props.source.slice(0, 100_000).split('\n');
  return (
    <Fold
      name="lines"
      title={trans.__('Time by line')}
      open={true}
      summary={trans.__(
        'line %1: %2',
        lines[0].line,
        formatPercent(lines[0].time_share)
      )}
    >
      <ol className="jp-Torchprof-lines">
        {lines.map(line => (
          <li key={line.line} value={line.line}>
            <span className="jp-Torchprof-lineNumber">{line.line}</span>
            <Code value={(code[line.line - 1] ?? '').trim()} length={120} />
            <span className="jp-Torchprof-lineShare">
              {growthWords(line)}
              {formatPercent(line.time_share)}
            </span>
            <span
              className="jp-Torchprof-lineBar"
              style={{ width: `${(100 * line.time_share).toFixed(1)}%` }}
            />
          </li>
        ))}
      </ol>
      <p className="jp-Torchprof-muted">
        {trans.__('From samples: shares of the time, not counts.')}
      </p>
    </Fold>
  );
}

function growthWords(line: LineCost): string {
  const growth = Math.max(line.host_growth_bytes, line.device_growth_bytes);
  return growth >= GROWTH ? `${formatBytesDelta(growth)} · ` : '';
}
