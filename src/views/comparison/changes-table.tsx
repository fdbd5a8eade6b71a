import * as React from 'react';

import { HOST } from '../../record/derive';
import type { IDifference } from '../../record/differences';
import { CheckIcon, WarningIcon } from '../parts/icons';
import { Text } from '../parts/text';
import type { ITranslate } from '../state';
import { deviceName } from '../parts/usage';
import type { INames } from './words';
import {
  changeWords,
  metricWords,
  shareWords,
  valueWords,
  verdictWords
} from './words';

/** The numbers of both sides and their difference, in groups by device. */
export function ChangesTable(props: {
  /** What the table is about, for those who hear it. */
  label: string;
  differences: readonly IDifference[];
  names: INames;
  trans: ITranslate;
}): JSX.Element {
  const { label, differences, names, trans } = props;
  return (
    // In a narrow panel a row is drawn as two lines, and stays a row all the same.
    <table className="jp-Torchprof-table jp-Torchprof-changes" role="table">
      <caption className="jp-Torchprof-visuallyHidden">{label}</caption>
      <thead role="rowgroup">
        <tr role="row">
          <td role="cell" />
          <th scope="col" role="columnheader">
            <Text value={names.before} length={40} />
          </th>
          <th scope="col" role="columnheader">
            <Text value={names.after} length={40} />
          </th>
          <th scope="col" role="columnheader">
            {trans.__('Difference')}
          </th>
        </tr>
      </thead>
      {groups(differences, trans).map(({ heading, rows }) => (
        <tbody key={heading} role="rowgroup">
          {heading !== null && (
            <tr role="row">
              <th
                scope="rowgroup"
                role="rowheader"
                colSpan={4}
                className="jp-Torchprof-changesGroup"
              >
                <Text value={heading} length={60} />
              </th>
            </tr>
          )}
          {rows.map(row => (
            <Row key={row.metric} difference={row} trans={trans} />
          ))}
        </tbody>
      ))}
    </table>
  );
}

function Row(props: {
  difference: IDifference;
  trans: ITranslate;
}): JSX.Element {
  const { difference, trans } = props;
  const { metric, before, after } = difference;
  return (
    <tr role="row">
      <th scope="row" role="rowheader">
        {metricWords(metric, trans)}
      </th>
      <td role="cell">
        <Value
          words={valueWords(difference, before, difference.beforeSampled)}
          sampled={difference.beforeSampled}
          trans={trans}
        />
      </td>
      <td role="cell">
        <Value
          words={valueWords(difference, after, difference.afterSampled)}
          sampled={difference.afterSampled}
          trans={trans}
        />
      </td>
      <td role="cell">
        <Change difference={difference} trans={trans} />
      </td>
    </tr>
  );
}

function Value(props: {
  words: string;
  sampled?: boolean;
  trans: ITranslate;
}): JSX.Element {
  const { words, sampled, trans } = props;
  return (
    <span title={sampled ? trans.__('Sampled: at least this much') : undefined}>
      {words}
    </span>
  );
}

/** The difference; what it means by a sign, and by a word where there is room and for the ear. */
export function Change(props: {
  difference: IDifference;
  trans: ITranslate;
}): JSX.Element {
  const { difference, trans } = props;
  const { before, after, verdict } = difference;
  if (before === after && before !== null) {
    return <span className="jp-Torchprof-unchanged">{trans.__('same')}</span>;
  }
  const share = shareWords(difference);
  return (
    <span className="jp-Torchprof-change" data-verdict={verdict}>
      <span>{changeWords(difference)}</span>
      {share && <span className="jp-Torchprof-share">{share}</span>}
      <span className="jp-Torchprof-verdictMark">
        {verdict === 'better' && <CheckIcon />}
        {verdict === 'worse' && <WarningIcon />}
        {verdict && (
          <span className="jp-Torchprof-verdictWord">
            {verdictWords(verdict, trans)}
          </span>
        )}
      </span>
    </span>
  );
}

/** Rows of one kind, under their heading. */
interface IGroup {
  readonly heading: string | null;
  readonly rows: IDifference[];
}

/** Each device by itself; before and after them what belongs to none. */
function groups(
  differences: readonly IDifference[],
  trans: ITranslate
): IGroup[] {
  const found = new Map<string, IGroup>();
  for (const difference of differences) {
    const heading = headingOf(difference, trans);
    const group = found.get(heading ?? '');
    if (group) {
      group.rows.push(difference);
    } else {
      found.set(heading ?? '', { heading, rows: [difference] });
    }
  }
  return [...found.values()];
}

function headingOf(
  { metric, device }: IDifference,
  trans: ITranslate
): string | null {
  if (device !== null) {
    return device === HOST
      ? trans.__('Host memory')
      : deviceName(device, trans);
  }
  switch (metric) {
    case 'graphs':
    case 'grad_forwards':
    case 'free_forwards':
    case 'backwards':
      return trans.__('Autograd');
    case 'loads':
    case 'loaded':
    case 'read':
    case 'moves':
    case 'moved':
      return trans.__('Loads and moves');
    default:
      return null;
  }
}
