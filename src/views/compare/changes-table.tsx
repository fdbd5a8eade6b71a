import * as React from 'react';

import { HOST } from '../../record/derive';
import type { IDifference } from '../../record/differences';
import type { Verdict } from '../../record/noise';
import { CheckIcon, WarningIcon } from '../icons';
import { Text } from '../text';
import type { ITranslate } from '../state';
import { deviceName } from '../usage';
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
    <table className="jp-Torchprof-table jp-Torchprof-changes">
      <caption className="jp-Torchprof-visuallyHidden">{label}</caption>
      <thead>
        <tr>
          <td />
          <th scope="col">
            <Text value={names.before} length={40} />
          </th>
          <th scope="col">
            <Text value={names.after} length={40} />
          </th>
          <th scope="col">{trans.__('Difference')}</th>
        </tr>
      </thead>
      {groups(differences).map(([device, rows]) => (
        <tbody key={device ?? ''}>
          {device !== null && (
            <tr>
              <th
                scope="rowgroup"
                colSpan={4}
                className="jp-Torchprof-changesGroup"
              >
                <Text
                  value={
                    device === HOST
                      ? trans.__('Host memory')
                      : deviceName(device, trans)
                  }
                  length={60}
                />
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
  const share = shareWords(difference);
  return (
    <tr data-metric={metric}>
      <th scope="row">{metricWords(metric, trans)}</th>
      <td>
        <Value
          words={valueWords(difference, before, difference.beforeSampled)}
          sampled={difference.beforeSampled}
          trans={trans}
        />
      </td>
      <td>
        <Value
          words={valueWords(difference, after, difference.afterSampled)}
          sampled={difference.afterSampled}
          trans={trans}
        />
      </td>
      <td>
        <span className="jp-Torchprof-change">
          {changeWords(difference)}
          {share && <span className="jp-Torchprof-share">{share}</span>}
          <VerdictMark verdict={difference.verdict} trans={trans} />
        </span>
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

/** Better or worse: a sign, and the word where there is room and for those who hear it. */
export function VerdictMark(props: {
  verdict: Verdict | null;
  trans: ITranslate;
}): JSX.Element {
  const { verdict, trans } = props;
  return (
    <span className="jp-Torchprof-verdictMark" data-verdict={verdict}>
      {verdict === 'better' && <CheckIcon />}
      {verdict === 'worse' && <WarningIcon />}
      {verdict && (
        <span className="jp-Torchprof-verdictWord">
          {verdictWords(verdict, trans)}
        </span>
      )}
    </span>
  );
}

/** What belongs to no device first and last, as it comes; between them a group for each device. */
function groups(
  differences: readonly IDifference[]
): [string | null, IDifference[]][] {
  const found: [string | null, IDifference[]][] = [];
  for (const difference of differences) {
    const last = found[found.length - 1];
    if (last?.[0] === difference.device) {
      last[1].push(difference);
    } else {
      found.push([difference.device, [difference]]);
    }
  }
  return found;
}
