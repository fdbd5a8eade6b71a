import * as React from 'react';

import type { ISilenced } from '../../record/derive';
import { openAdvice } from '../../record/derive';
import {
  formatBytes,
  formatBytesDelta,
  formatDuration
} from '../../record/units';
import { isolated } from '../../record/visible';
import { AdviceIcon, CheckIcon, WarningIcon } from '../parts/icons';
import type { IRow } from './rows';
import { runLabel } from '../parts/run-label';
import { Text, clip } from '../parts/text';
import type { CellRecord } from '../../record/_session';
import type { Gone, ITranslate } from '../state';
import { deviceName } from '../parts/usage';

/** One cell in the list; drawn again only when something of its own changes. */
export const RunRow = React.memo(Row);

function Row(props: {
  row: IRow;
  /** Its place among `count` rows. */
  index: number;
  count: number;
  /** Pixels from the top of the list. */
  top: number;
  /** Its time as a share of the longest. */
  share: number;
  isSelected: boolean;
  isTabStop: boolean;
  /** The cell is running again. */
  isRunning: boolean;
  stale: boolean;
  /** Why its cell is not there. Absent: it is there. */
  gone?: Gone;
  silenced: ISilenced;
  onFocus: (key: string) => void;
  onSelect: (record: CellRecord) => void;
  trans: ITranslate;
}): JSX.Element {
  const { row, stale, trans } = props;
  const { record } = row;
  const Name = row.name.isCode ? 'code' : 'span';
  return (
    <li
      role="option"
      aria-selected={props.isSelected}
      aria-posinset={props.index + 1}
      aria-setsize={props.count}
      tabIndex={props.isTabStop ? 0 : -1}
      className="jp-Torchprof-run"
      data-stale={stale || record.former || undefined}
      style={{ top: props.top }}
      onFocus={() => props.onFocus(row.key)}
      onClick={() => props.onSelect(record)}
    >
      <span className="jp-Torchprof-runCount">{runLabel(record)}</span>
      <Name className="jp-Torchprof-runCode">
        <Text value={row.name.text || trans.__('(empty)')} />
      </Name>
      <span className="jp-Torchprof-runTime">
        {formatDuration(record.duration_s)}
      </span>
      <span className="jp-Torchprof-runFacts">
        <Text
          value={[
            ...(props.isRunning ? [trans.__('running…')] : []),
            ...facts(row, stale, props.gone, trans)
          ].join(' · ')}
        />
      </span>
      <Marks record={record} silenced={props.silenced} trans={trans} />
      <span className="jp-Torchprof-runBar" aria-hidden="true">
        <span style={{ width: `${(100 * props.share).toFixed(1)}%` }} />
      </span>
    </li>
  );
}

function Marks(props: {
  record: CellRecord;
  silenced: ISilenced;
  trans: ITranslate;
}): JSX.Element {
  const { record, trans } = props;
  const advice = openAdvice(record, props.silenced).length;
  return (
    <span className="jp-Torchprof-runMarks">
      {record.status !== 'ok' && (
        <span className="jp-Torchprof-mark" data-kind="failed">
          <WarningIcon />
        </span>
      )}
      {(record.verification ?? []).length > 0 && (
        <span
          className="jp-Torchprof-mark"
          data-kind="verified"
          title={trans.__('A fix was measured')}
        >
          <CheckIcon />
          <span className="jp-Torchprof-visuallyHidden">
            {trans.__('a fix was measured')}
          </span>
        </span>
      )}
      {advice > 0 && (
        <span
          className="jp-Torchprof-mark"
          data-kind="advice"
          title={trans._n('%1 suggestion', '%1 suggestions', advice)}
        >
          <AdviceIcon />
          <span aria-hidden="true">{advice}</span>
          <span className="jp-Torchprof-visuallyHidden">
            {trans._n('%1 suggestion', '%1 suggestions', advice)}
          </span>
        </span>
      )}
    </span>
  );
}

/** What there is to say beside code and time, what matters most first: the end may be cut off. */
function facts(
  row: IRow,
  stale: boolean,
  gone: Gone | undefined,
  trans: ITranslate
): string[] {
  const { record } = row;
  const facts: string[] = [];
  if (record.status === 'interrupted') {
    facts.push(trans.__('interrupted'));
  } else if (record.status === 'error') {
    facts.push(isolated(clip(record.error?.name ?? trans.__('failed'), 40)));
  }
  const memory: string[] = [];
  if (row.kept !== null) {
    memory.push(formatBytesDelta(row.kept));
  }
  if (row.peak !== null) {
    memory.push(trans.__('peak %1', formatBytes(row.peak)));
  }
  if (memory.length > 0 && row.device !== null) {
    const device = isolated(clip(deviceName(row.device, trans), 20));
    memory[0] = `${device} ${memory[0]}`;
  }
  facts.push(...memory);
  if (record.former) {
    facts.push(trans.__('before the restart'));
  }
  if (gone === 'deleted') {
    facts.push(trans.__('deleted'));
  } else if (gone === 'unknown') {
    facts.push(trans.__('not in this notebook'));
  } else if (stale) {
    facts.push(trans.__('edited since'));
  }
  if (row.runs > 1) {
    facts.push(trans._n('%1 run', '%1 runs', row.runs));
  }
  return facts;
}
