import * as React from 'react';

import { formatDuration, formatDurationDelta } from '../../record/units';
import { Group } from '../parts/section';
import { Text } from '../parts/text';
import type { ITranslate } from '../state';
import type { INames } from './words';

/** A table of times that changed: a row for each, and what is left out below it. */
export function TimeChanges(props: {
  title: string;
  /** What a row is of. */
  heading: string;
  className: string;
  names: INames;
  note: React.ReactNode;
  /** The rows. */
  children: React.ReactNode;
  trans: ITranslate;
}): JSX.Element {
  const { title, heading, className, names, note, children, trans } = props;
  return (
    <Group title={title}>
      <table className={`jp-Torchprof-table ${className}`}>
        <thead>
          <tr>
            <th scope="col">{heading}</th>
            <ComparedHeads names={names} trans={trans} />
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
      <p className="jp-Torchprof-muted">{note}</p>
    </Group>
  );
}

/** The heads of the columns that a row has of each run, and of their difference. */
export function ComparedHeads(props: {
  names: INames;
  trans: ITranslate;
}): JSX.Element {
  const { names, trans } = props;
  return (
    <>
      <th scope="col">
        <Text value={names.before} length={40} />
      </th>
      <th scope="col">
        <Text value={names.after} length={40} />
      </th>
      <th scope="col">{trans.__('Difference')}</th>
    </>
  );
}

/** The cells of a row: seconds before and after, and their difference. */
export function TimeCells(props: {
  before: number;
  after: number;
}): JSX.Element {
  const { before, after } = props;
  return (
    <>
      <td>{formatDuration(before)}</td>
      <td>{formatDuration(after)}</td>
      <td data-verdict={after < before ? 'better' : 'worse'}>
        {formatDurationDelta(after - before)}
      </td>
    </>
  );
}
