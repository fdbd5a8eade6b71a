import * as React from 'react';

import { Fold } from './fold';
import type { ITranslate } from '../state';

/** Entries listed one by one; the rest is counted. */
const LISTED = 8;

/** A folded table of what a run did, entry by entry; nothing without entries. */
export function ListedTable<T>(props: {
  /** Of the fold, so that it is found again. */
  name: string;
  title: string;
  summary: string;
  headings: readonly string[];
  /** Which of them is above numbers that give way where there is no room. Absent: none. */
  counts?: number;
  entries: readonly T[];
  /** A `tbody`: what it is about in a row of its own, numbers below. */
  row: (entry: T, index: number) => JSX.Element;
  trans: ITranslate;
}): JSX.Element | null {
  const { entries, trans } = props;
  const rest = entries.length - LISTED;
  return entries.length === 0 ? null : (
    <Fold name={props.name} title={props.title} summary={props.summary}>
      <table className="jp-Torchprof-table jp-Torchprof-pairs">
        <thead>
          <tr>
            {props.headings.map((heading, index) => (
              <th
                key={heading}
                scope="col"
                className={index === props.counts ? 'jp-mod-count' : undefined}
              >
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        {entries.slice(0, LISTED).map(props.row)}
      </table>
      {rest > 0 && (
        <p className="jp-Torchprof-muted">
          {trans._n('and %1 more', 'and %1 more', rest)}
        </p>
      )}
    </Fold>
  );
}
