/** What is said of the processes of a run. */
import { areRanks, fullestRank, lateRank } from '../../record/ranks';
import { formatBytes, formatDuration, formatPercent } from '../../record/units';
import type { RankNow, RankRun } from '../../record/_session';
import type { ITranslate } from '../state';

/** `"2 ranks"`, `"2 processes"`. */
export function countWords(
  ranks: readonly RankRun[],
  trans: ITranslate
): string {
  const { length } = ranks;
  return areRanks(ranks)
    ? trans._n('%1 rank', '%1 ranks', length)
    : trans._n('%1 process', '%1 processes', length);
}

/** `"rank 1"`, `"process 1"`. */
export function nameWords(
  { rank, backend }: Pick<RankRun, 'rank' | 'backend'>,
  trans: ITranslate
): string {
  return backend === null
    ? trans.__('process %1', rank)
    : trans.__('rank %1', rank);
}

/** `"rank 1 late by 31 ms"`; empty if none is. */
export function lateWords(
  ranks: readonly RankRun[],
  trans: ITranslate
): string {
  const late = lateRank(ranks);
  return late?.lateness
    ? trans.__(
        '%1 late by %2',
        nameWords(late, trans),
        formatDuration(late.lateness.median_s)
      )
    : '';
}

/** `"rank 1 came 31 ms after the others to 97% of 60 collectives: they wait for it."` */
export function lateSentence(
  ranks: readonly RankRun[],
  trans: ITranslate
): string {
  const late = lateRank(ranks);
  return late?.lateness
    ? trans.__(
        '%1 came %2 after the others, as the median; to %3 of %4 collectives it came late. The others waited for it.',
        nameWords(late, trans),
        formatDuration(late.lateness.median_s),
        formatPercent(late.lateness.late_share),
        late.lateness.collectives
      )
    : '';
}

/** `"peak 336 MiB (rank 1)"`; empty if nobody knows. */
export function peakWords(
  ranks: readonly RankRun[],
  trans: ITranslate
): string {
  const fullest = fullestRank(ranks);
  return fullest
    ? trans.__(
        'peak %1 (%2)',
        formatBytes(fullest.entry.peak_bytes),
        nameWords(fullest.run, trans)
      )
    : '';
}

/** How the ones ended that did not end well: `"rank 1 killed"`, `"2 ranks failed"`; empty: none. */
export function endWords(ranks: readonly RankRun[], trans: ITranslate): string {
  return (['killed', 'error', 'running'] as const)
    .map(exit => ranks.filter(run => run.exit === exit))
    .filter(some => some.length > 0)
    .map(some =>
      trans.__(
        '%1 %2',
        some.length === 1 ? nameWords(some[0], trans) : countWords(some, trans),
        exitWords(some[0].exit, trans)
      )
    )
    .join(' · ');
}

/** How a process ended, in a word. */
export function exitWords(exit: RankRun['exit'], trans: ITranslate): string {
  switch (exit) {
    case 'error':
      return trans.__('failed');
    case 'killed':
      return trans.__('killed');
    case 'running':
      return trans.__('still running');
    default:
      return trans.__('ended');
  }
}

/** What they do while the cell runs: `"2 ranks: step 120"`, `"2 ranks: steps 118 to 120"`. */
export function nowWords(now: readonly RankNow[], trans: ITranslate): string {
  const steps = now.map(one => Math.max(one.steps, one.backwards));
  const [least, most] = [Math.min(...steps), Math.max(...steps)];
  const count = trans._n('%1 process', '%1 processes', now.length);
  if (most === 0) {
    return count;
  }
  return least === most
    ? trans.__('%1: step %2', count, most)
    : trans.__('%1: steps %2 to %3', count, least, most);
}
