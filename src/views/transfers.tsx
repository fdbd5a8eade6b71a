import * as React from 'react';

import { formatBytes, formatDuration } from '../record/units';
import { byteList } from './byte-list';
import { Part } from './section';
import { Prose } from './text';
import type { Load, Move } from '../record/_session';
import type { ITranslate } from './state';

/** Entries listed one by one; the rest is counted. */
const LISTED = 8;

/** Every `torch.load`: what was read, how, and where it landed. */
export function Loads(props: {
  loads: readonly Load[];
  trans: ITranslate;
}): JSX.Element | null {
  const { loads, trans } = props;
  return (
    <Entries
      title={trans.__('Loads')}
      entries={loads.map(load => ({
        line: load.line ?? null,
        head: loadWords(load, trans),
        details: loadDetails(load, trans)
      }))}
      trans={trans}
    />
  );
}

/** Every move of a module between devices or dtypes. */
export function Moves(props: {
  moves: readonly Move[];
  trans: ITranslate;
}): JSX.Element | null {
  const { moves, trans } = props;
  return (
    <Entries
      title={trans.__('Moves')}
      entries={moves.map(move => ({
        line: move.line ?? null,
        head: `\`${move.what}\``,
        details: moveDetails(move, trans)
      }))}
      trans={trans}
    />
  );
}

interface IEntry {
  line: number | null;
  head: string;
  details: string;
}

function Entries(props: {
  title: string;
  entries: readonly IEntry[];
  trans: ITranslate;
}): JSX.Element | null {
  const { entries, trans } = props;
  const rest = entries.length - LISTED;
  return entries.length === 0 ? null : (
    <Part
      title={props.title}
      summary={entries.length > 1 ? entries.length : undefined}
    >
      <ul className="jp-Torchprof-entries">
        {entries.slice(0, LISTED).map((entry, index) => (
          <li key={index}>
            <span className="jp-Torchprof-entryHead">
              <Prose text={entry.head} />
              {entry.line !== null && (
                <span className="jp-Torchprof-muted">
                  {trans.__('line %1', entry.line)}
                </span>
              )}
            </span>
            <span className="jp-Torchprof-entryDetails">
              <Prose text={entry.details} />
            </span>
          </li>
        ))}
      </ul>
      {rest > 0 && (
        <p className="jp-Torchprof-muted">
          {trans._n('and %1 more', 'and %1 more', rest)}
        </p>
      )}
    </Part>
  );
}

function loadWords(load: Load, trans: ITranslate): string {
  const name =
    load.path === null ? trans.__('a file object') : `\`${load.path}\``;
  return load.failed ? trans.__('%1 could not be loaded', name) : name;
}

function loadDetails(load: Load, trans: ITranslate): string {
  const details = [
    load.file_bytes === null
      ? formatDuration(load.duration_s)
      : trans.__(
          '%1 in %2',
          formatBytes(load.file_bytes),
          formatDuration(load.duration_s)
        )
  ];
  const landed = byteList(load.landed ?? {});
  if (landed) {
    details.push(trans.__('landed: %1', landed));
  }
  if (load.map_location !== null) {
    details.push(`map_location \`${load.map_location}\``);
  }
  if (load.weights_only !== null) {
    details.push(`weights_only \`${load.weights_only ? 'True' : 'False'}\``);
  }
  if (load.mmap !== null) {
    details.push(`mmap \`${load.mmap ? 'True' : 'False'}\``);
  }
  return details.join(' · ');
}

function moveDetails(move: Move, trans: ITranslate): string {
  if (move.no_op) {
    const where = Object.keys(move.target).join(', ');
    return trans.__('nothing to move, it was on %1 already', where || '–');
  }
  return [
    `${byteList(move.source) || '–'} → ${byteList(move.target) || '–'}`,
    trans.__(
      '%1 moved in %2',
      formatBytes(move.moved_bytes),
      formatDuration(move.duration_s)
    )
  ].join(' · ');
}
