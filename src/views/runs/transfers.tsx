import * as React from 'react';

import { cellLine, libraryOf } from '../../record/places';
import { formatBytes, formatDuration } from '../../record/units';
import { ListedTable } from '../parts/listed-table';
import { Code, Text } from '../parts/text';
import type { CellRecord } from '../../record/_session';
import type { ITranslate } from '../state';

/** Every move of a module between devices or dtypes, and those that moved nothing. */
export function Moves(props: {
  record: CellRecord;
  trans: ITranslate;
}): JSX.Element | null {
  const { record, trans } = props;
  const moves = record.moves ?? [];
  const idle = moves.filter(({ no_op }) => no_op).length;
  const entries = moves.map((move): IEntry => ({
    what: move.what,
    note: move.failed ? trans.__('failed') : '',
    library: libraryOf(record, move.place),
    source: places(move.source),
    target: places(move.target),
    bytes: move.moved_bytes,
    seconds: move.duration_s,
    line: cellLine(record, move.place),
    noOp: move.no_op
  }));
  return (
    <Entries
      name="moves"
      title={trans.__('Moves')}
      summary={
        idle > 0
          ? trans.__('%1, %2 no-op', sumWords(entries, trans), idle)
          : sumWords(entries, trans)
      }
      entries={entries}
      trans={trans}
    />
  );
}

/** Copies of tensors between host and accelerators, by the line that made them. */
export function Copies(props: {
  record: CellRecord;
  trans: ITranslate;
}): JSX.Element | null {
  const { record, trans } = props;
  const entries = (record.transfers ?? []).map((transfer): IEntry => ({
    what: `.${transfer.method}()`,
    note: [
      `× ${transfer.calls.toLocaleString('en')}`,
      transfer.pinned === false && trans.__('not pinned'),
      transfer.pinned && trans.__('pinned'),
      transfer.non_blocking && 'non_blocking'
    ]
      .filter(Boolean)
      .join(' · '),
    library: null,
    source: transfer.source,
    target: transfer.target,
    bytes: transfer.moved_bytes,
    seconds: transfer.duration_s,
    line: cellLine(record, transfer.place),
    noOp: false
  }));
  return (
    <Entries
      name="copies"
      title={trans.__('Copies')}
      summary={sumWords(entries, trans)}
      entries={entries}
      trans={trans}
    />
  );
}

interface IEntry {
  what: string;
  note: string;
  /** What moved it, if no line of the user's did. */
  library: string | null;
  source: string;
  target: string;
  bytes: number;
  seconds: number;
  line: number | null;
  /** It was there already. */
  noOp: boolean;
}

function Entries(props: {
  name: string;
  title: string;
  summary: string;
  entries: readonly IEntry[];
  trans: ITranslate;
}): JSX.Element | null {
  const { trans } = props;
  return (
    <ListedTable
      {...props}
      headings={[
        trans.__('From → to'),
        trans.__('Moved'),
        trans.__('Time'),
        trans.__('Line or library')
      ]}
      row={(entry, index) => <Row key={index} entry={entry} trans={trans} />}
    />
  );
}

function Row(props: { entry: IEntry; trans: ITranslate }): JSX.Element {
  const { entry, trans } = props;
  return (
    <tbody>
      <tr>
        <th scope="rowgroup" colSpan={4}>
          <Code value={entry.what} length={120} />{' '}
          <span className="jp-Torchprof-muted">{entry.note}</span>
        </th>
      </tr>
      <tr>
        <td>
          <Text value={entry.source || '–'} length={100} /> →{' '}
          <Text value={entry.target || '–'} length={100} />
        </td>
        <td
          title={
            entry.noOp
              ? trans.__('It was there already: nothing was moved')
              : undefined
          }
        >
          {entry.noOp ? trans.__('no-op') : formatBytes(entry.bytes)}
        </td>
        <td>{formatDuration(entry.seconds)}</td>
        <td>
          {entry.library ? (
            <Text value={entry.library} length={40} />
          ) : (
            (entry.line ?? '–')
          )}
        </td>
      </tr>
    </tbody>
  );
}

/** `{"cuda:0 float32": 1024}` → `"cuda:0 float32"`. */
function places(bytes: { [where: string]: number }): string {
  return Object.keys(bytes).slice(0, 4).join(', ');
}

function sumWords(entries: readonly IEntry[], trans: ITranslate): string {
  return trans.__(
    '%1 in %2',
    formatBytes(entries.reduce((sum, { bytes }) => sum + bytes, 0)),
    formatDuration(entries.reduce((sum, { seconds }) => sum + seconds, 0))
  );
}
