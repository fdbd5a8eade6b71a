import * as React from 'react';

import type { ISilenced } from '../../record/derive';
import { openAdvice } from '../../record/derive';
import {
  formatBytes,
  formatBytesDelta,
  formatDuration
} from '../../record/units';
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
      <span
        className="jp-Torchprof-runTime"
        data-running={props.isRunning || undefined}
      >
        {/* In the place of what it took last: nothing else of the row moves. */}
        {props.isRunning
          ? trans.__('running…')
          : formatDuration(record.duration_s)}
      </span>
      <Facts facts={factsOf(row, stale, props.gone, trans)} />
      <Marks record={record} silenced={props.silenced} trans={trans} />
      <span className="jp-Torchprof-runBar" aria-hidden="true">
        <span style={{ width: `${(100 * props.share).toFixed(1)}%` }} />
      </span>
    </li>
  );
}

/** One thing to say of a run. */
interface IFact {
  /** What it is of; where there is no room this is cut, and not the text. */
  of?: string;
  /** The same, as the tooltip alone has it. */
  told?: string;
  text: string;
}

/** One line of them: each is shown whole or not at all, so that no number loses a digit. */
function Facts(props: { facts: readonly IFact[] }): JSX.Element {
  const whole = props.facts
    .map(({ of, told = of, text }) => (told ? `${told} ${text}` : text))
    .join(' · ');
  return (
    <span className="jp-Torchprof-runFacts" title={clip(whole, 1000)}>
      {props.facts.map(({ of, text }, index) => (
        <span key={index} className="jp-Torchprof-runFact">
          {index > 0 && <span>{' · '}</span>}
          {of && <DeviceName name={of} />}
          {of && <span> </span>}
          <bdi>{text}</bdi>
        </span>
      ))}
    </span>
  );
}

/** Where there is no room it is cut before its number, which tells it from the others. */
function DeviceName(props: { name: string }): JSX.Element {
  const [, stem, end] = /^(.*?)(:\d+)?$/su.exec(props.name) ?? ['', '', ''];
  return (
    <>
      <bdi className="jp-Torchprof-runFactOf">{stem}</bdi>
      {end && <bdi>{end}</bdi>}
    </>
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

/** What there is to say beside code and time, what matters most first: the end may be hidden. */
function factsOf(
  row: IRow,
  stale: boolean,
  gone: Gone | undefined,
  trans: ITranslate
): IFact[] {
  const { record } = row;
  const facts: IFact[] = [];
  if (record.status === 'interrupted') {
    facts.push({ text: trans.__('interrupted') });
  } else if (record.status === 'error') {
    facts.push({ text: clip(record.error?.name ?? trans.__('failed'), 40) });
  }
  const memory: IFact[] = [];
  const told =
    row.main === null ? undefined : clip(deviceName(row.main, trans), 20);
  if (row.kept !== null) {
    memory.push({ told, text: formatBytesDelta(row.kept) });
  }
  if (row.peak !== null) {
    memory.push({ told, text: trans.__('peak %1', formatBytes(row.peak)) });
  }
  if (memory.length > 0 && row.device !== null) {
    memory[0].of = clip(deviceName(row.device, trans), 20);
  }
  facts.push(...memory);
  if (record.former) {
    facts.push({ text: trans.__('before the restart') });
  }
  if (gone === 'deleted') {
    facts.push({ text: trans.__('deleted') });
  } else if (gone === 'unknown') {
    facts.push({ text: trans.__('not in this notebook') });
  } else if (stale) {
    facts.push({ text: trans.__('edited since') });
  }
  if (row.runs > 1) {
    facts.push({ text: trans._n('%1 run', '%1 runs', row.runs) });
  }
  return facts;
}
