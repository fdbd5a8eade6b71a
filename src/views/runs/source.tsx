import * as React from 'react';

import {
  ENOUGH_LOOKS,
  lineCosts,
  placeTree,
  shareOf,
  tellingGrowth
} from '../../record/places';
import { textsOf, textsUsedBy } from '../../record/texts';
import { formatPercent } from '../../record/units';
import { runLabel } from '../parts/run-label';
import { clip } from '../parts/text';
import { growthWords } from '../places/growth-words';
import type { ICost } from '../../record/places';
import type { CellRecord, Session } from '../../record/_session';
import type { ITranslate } from '../state';

/** Lines shown; a longer source says how many more it has. */
const LINES = 300;

/**
 * The source that ran, with the share of time that samples saw in each line: of this run, or where
 * it has none to tell (its functions ran in other cells) of the latest that used just this source.
 */
export function SourceListing(props: {
  session: Session;
  record: CellRecord;
  trans: ITranslate;
}): JSX.Element {
  const { session, record, trans } = props;
  const lines = record.source.replace(/\n+$/, '').split('\n');
  const told = React.useMemo(() => toldBy(session, record), [session, record]);
  const costs = React.useMemo(
    () => told && lineCosts(told, record.source_hash),
    [told, record]
  );
  return (
    <pre
      className="jp-Torchprof-source"
      tabIndex={0}
      aria-label={trans.__('Source')}
    >
      {lines.slice(0, LINES).map((line, index) => {
        const cost = costs?.get(index + 1);
        const isSeen = told && cost && cost.looks > 0;
        return (
          <SourceLine
            key={index}
            number={index + 1}
            code={line}
            share={isSeen ? shareOf(cost.looks, placeTree(told)) : 0}
            words={isSeen ? costWords(cost, told, record, trans) : undefined}
          />
        );
      })}
      {lines.length > LINES &&
        trans._n('%1 more line', '%1 more lines', lines.length - LINES)}
    </pre>
  );
}

function SourceLine(props: {
  number: number;
  code: string;
  /** Of the time, 0 to 1. */
  share: number;
  words?: string;
}): JSX.Element {
  const { number, code, share, words } = props;
  return (
    <span className="jp-Torchprof-sourceLine">
      <span className="jp-Torchprof-sourceNumber" title={words}>
        {number}
        {share > 0 && (
          <span
            className="jp-Torchprof-heat"
            style={{ opacity: Math.max(0.15, share) }}
          />
        )}
      </span>
      <bdi>{clip(code, 400)}</bdi>
      {'\n'}
    </span>
  );
}

/** The run that tells what the lines of a run's source cost, `null` if none does. */
function toldBy(session: Session, record: CellRecord): CellRecord | null {
  const others = textsOf(session)
    .usersOf(record.source_hash)
    .filter(other => other.source_hash !== record.source_hash);
  return (
    [record, ...others].find(
      run =>
        placeTree(run).looks >= ENOUGH_LOOKS &&
        textsUsedBy(run).has(record.source_hash)
    ) ?? null
  );
}

function costWords(
  cost: ICost,
  told: CellRecord,
  record: CellRecord,
  trans: ITranslate
): string {
  const percent = formatPercent(shareOf(cost.looks, placeTree(told)));
  const growth = tellingGrowth(cost);
  return [
    told === record
      ? percent
      : trans.__('%1 of the time of %2', percent, runLabel(told)),
    ...(growth ? [growthWords(growth, told, trans)] : [])
  ].join(' · ');
}
