import * as React from 'react';

import { formatBytesDelta, formatPercent } from '../record/units';
import { clip } from './text';
import type { CellRecord, LineCost } from '../record/_session';
import type { ITranslate } from './state';

/** Lines shown; a longer source says how many more it has. */
const LINES = 300;

/** The source that ran, with the share of time that samples saw in each line. */
export function SourceListing(props: {
  record: CellRecord;
  trans: ITranslate;
}): JSX.Element {
  const { record, trans } = props;
  const lines = record.source.replace(/\n+$/, '').split('\n');
  const costs = new Map((record.lines ?? []).map(cost => [cost.line, cost]));
  return (
    <pre
      className="jp-Torchprof-source"
      tabIndex={0}
      aria-label={trans.__('Source')}
    >
      {lines.slice(0, LINES).map((line, index) => (
        <SourceLine
          key={index}
          number={index + 1}
          code={line}
          cost={costs.get(index + 1)}
        />
      ))}
      {lines.length > LINES &&
        trans._n('%1 more line', '%1 more lines', lines.length - LINES)}
    </pre>
  );
}

function SourceLine(props: {
  number: number;
  code: string;
  cost?: LineCost;
}): JSX.Element {
  const { number, code, cost } = props;
  const growth = cost
    ? Math.max(cost.host_growth_bytes, cost.device_growth_bytes)
    : 0;
  return (
    <span className="jp-Torchprof-sourceLine">
      <span
        className="jp-Torchprof-sourceNumber"
        title={
          cost &&
          `${formatPercent(cost.time_share)}${growth > 0 ? ` · ${formatBytesDelta(growth)}` : ''}`
        }
      >
        {number}
        {cost && (
          <span
            className="jp-Torchprof-heat"
            style={{ opacity: Math.max(0.15, cost.time_share) }}
          />
        )}
      </span>
      <bdi>{clip(code, 400)}</bdi>
      {'\n'}
    </span>
  );
}
