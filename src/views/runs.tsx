import * as React from 'react';

import type { ISilenced } from '../record/derive';
import {
  NOTHING_SILENCED,
  firstCodeLine,
  mainMemory,
  memoryDelta,
  openAdvice
} from '../record/derive';
import { formatBytes, formatBytesDelta, formatDuration } from '../record/units';
import { AdviceIcon, CheckIcon, WarningIcon } from './icons';
import type { IRow } from './rows';
import { runLabel } from './run-label';
import { Text } from './text';
import type { CellRecord } from '../record/_session';
import type { ITranslate } from './state';

/** Memory that changed by less is not worth a number in the list. Bytes. */
const QUIET = 1 << 20;
/** So is a peak that rose by less. */
const QUIET_PEAK = 8 << 20;

/**
 * The profiled cells as a listbox: arrows, Home and End move the focus, Enter and Space choose.
 */
export function RunList(props: {
  rows: readonly IRow[];
  /** Index of the row whose detail is open; -1 for none. */
  selected: number;
  stale: ReadonlySet<string>;
  /** Advice that is not counted. Absent: none. */
  silenced?: ISilenced;
  onSelect: (record: CellRecord) => void;
  trans: ITranslate;
}): JSX.Element {
  const { rows, selected, onSelect, trans } = props;
  const [focused, setFocused] = React.useState(-1);
  const list = React.useRef<HTMLUListElement>(null);
  // Exactly one row can be reached with Tab: where the focus was, else the selected, else the first.
  const tabStop = rows[focused] ? focused : Math.max(0, selected);

  const onKeyDown = (event: React.KeyboardEvent) => {
    const target = targetOfKey(event.key, tabStop, rows.length);
    if (target !== null) {
      event.preventDefault();
      setFocused(target);
      (list.current?.children[target] as HTMLElement | undefined)?.focus();
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      onSelect(rows[tabStop].record);
    }
  };

  return (
    <ul
      ref={list}
      className="jp-Torchprof-runs"
      // The notebook's own keys would move its cells when the list stands in an output.
      data-lm-suppress-shortcuts="true"
      role="listbox"
      aria-label={trans.__('Profiled cells')}
      onKeyDown={onKeyDown}
    >
      {rows.map((row, index) => (
        <li
          key={row.record.cell_id ?? row.record.run_id}
          role="option"
          aria-selected={index === selected}
          tabIndex={index === tabStop ? 0 : -1}
          className="jp-Torchprof-run"
          data-stale={props.stale.has(row.record.run_id) || undefined}
          onFocus={() => setFocused(index)}
          onClick={() => onSelect(row.record)}
        >
          <RunRow
            row={row}
            stale={props.stale.has(row.record.run_id)}
            silenced={props.silenced ?? NOTHING_SILENCED}
            trans={trans}
          />
        </li>
      ))}
    </ul>
  );
}

/** Rows re-render only with their own record, not with every sample of a running cell. */
const RunRow = React.memo(Row);

function Row(props: {
  row: IRow;
  stale: boolean;
  silenced: ISilenced;
  trans: ITranslate;
}): JSX.Element {
  const { row, stale, silenced, trans } = props;
  const { record } = row;
  const advice = openAdvice(record, silenced);
  return (
    <>
      <span className="jp-Torchprof-runCount">{runLabel(record)}</span>
      <code className="jp-Torchprof-runCode">
        <Text value={firstCodeLine(record.source) || trans.__('(empty)')} />
      </code>
      <span className="jp-Torchprof-runTime">
        {formatDuration(record.duration_s)}
      </span>
      <span className="jp-Torchprof-runMore">
        <span className="jp-Torchprof-runFacts">
          {facts(record, row.runs, stale, trans).join(' · ')}
        </span>
        <span className="jp-Torchprof-runMarks">
          {record.status !== 'ok' && (
            <FailedMark record={record} trans={trans} />
          )}
          {(record.verification ?? []).length > 0 && (
            <span
              className="jp-Torchprof-mark"
              data-kind="verified"
              title={trans.__('Verified')}
            >
              <CheckIcon />
            </span>
          )}
          {advice.length > 0 && (
            <span
              className="jp-Torchprof-mark"
              data-kind="advice"
              title={trans._n('%1 advice', '%1 advice', advice.length)}
            >
              <AdviceIcon />
              {advice.length}
              <span className="jp-Torchprof-visuallyHidden">
                {' '}
                {trans.__('advice')}
              </span>
            </span>
          )}
        </span>
      </span>
    </>
  );
}

function FailedMark(props: {
  record: CellRecord;
  trans: ITranslate;
}): JSX.Element {
  const { record, trans } = props;
  const words =
    record.status === 'interrupted'
      ? trans.__('interrupted')
      : (record.error?.name ?? 'error');
  return (
    <span className="jp-Torchprof-mark" data-kind="failed">
      <WarningIcon />
      <Text value={words} length={40} />
    </span>
  );
}

function facts(
  record: CellRecord,
  runs: number,
  stale: boolean,
  trans: ITranslate
): string[] {
  const memory = mainMemory(record);
  const facts: string[] = [];
  if (memory && Math.abs(memoryDelta(memory)) >= QUIET) {
    facts.push(formatBytesDelta(memoryDelta(memory)));
  }
  if (
    memory &&
    memory.peak_bytes - memory.allocated_before_bytes >= QUIET_PEAK
  ) {
    facts.push(trans.__('peak %1', formatBytes(memory.peak_bytes)));
  }
  if (runs > 1) {
    facts.push(trans._n('%1 run', '%1 runs', runs));
  }
  if (stale) {
    facts.push(trans.__('edited since'));
  }
  return facts;
}

function targetOfKey(
  key: string,
  current: number,
  count: number
): number | null {
  switch (key) {
    case 'ArrowDown':
      return Math.min(count - 1, current + 1);
    case 'ArrowUp':
      return Math.max(0, current - 1);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}
