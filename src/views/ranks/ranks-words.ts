/** What is said of the processes of a run. */
import { ownLines } from '../../record/own-lines';
import { placeTree } from '../../record/places';
import { areRanks, fullestRank, lateRank } from '../../record/ranks';
import { formatBytes, formatDuration, formatPercent } from '../../record/units';
import { isolated } from '../../record/visible';
import { clip } from '../parts/text';
import type {
  CellRecord,
  Place,
  RankNow,
  RankRun,
  Replica
} from '../../record/_session';
import type { ITranslate } from '../state';

/** Characters of a name. */
const NAME = 40;
/** Ranks that did not come, named at most. */
const MISSING = 3;

/** `"2 ranks"`, `"2 processes"`. */
export function countWords(
  ranks: readonly Pick<RankRun, 'backend'>[],
  trans: ITranslate
): string {
  const { length } = ranks;
  return areRanks(ranks)
    ? trans._n('%1 rank', '%1 ranks', length)
    : trans._n('%1 process', '%1 processes', length);
}

/** `"rank 1"`, `"process 1"`, `"rank 1 of launch 2"`. */
export function nameWords(
  { rank, backend, launch }: Pick<RankRun, 'rank' | 'backend' | 'launch'>,
  trans: ITranslate
): string {
  const name =
    backend === null ? trans.__('process %1', rank) : trans.__('rank %1', rank);
  return launch ? trans.__('%1 of launch %2', name, launch + 1) : name;
}

/** `"rank 1 late by 31 ms"`; empty if none is. */
export function lateWords(
  ranks: readonly RankRun[],
  trans: ITranslate
): string {
  const late = lateRank(ranks);
  return late ? lateRunWords(late, trans) : '';
}

/** As `lateWords`, of one that has come late. */
export function lateRunWords(run: RankRun, trans: ITranslate): string {
  return trans.__(
    '%1 late by %2',
    nameWords(run, trans),
    formatDuration(run.lateness?.median_s ?? 0)
  );
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
  const count = countWords(now, trans);
  if (most === 0) {
    return count;
  }
  return least === most
    ? trans.__('%1: step %2', count, most)
    : trans.__('%1: steps %2 to %3', count, least, most);
}

/**
 * Who waits for threads that a fork has not copied, and what helps: `"rank 0 hangs at train, line 4:
 * …"`. Empty where nobody does.
 */
function hungWords(now: readonly RankNow[], trans: ITranslate): string {
  const who = whoHangs(now, trans);
  return who
    ? trans.__(
        '%1: it waits for threads that a fork has not copied. Write %2 as the first statement of what the processes run.',
        who,
        'torch.set_num_threads(1)'
      )
    : '';
}

/** `"rank 0 hangs at train, line 4"`. */
function whoHangs(now: readonly RankNow[], trans: ITranslate): string {
  const first = now.find(({ openmp_wait_s }) => openmp_wait_s);
  if (!first) {
    return '';
  }
  const name = nameWords(first, trans);
  return first.place
    ? trans.__('%1 hangs at %2', name, spot(first.place, trans))
    : trans.__('%1 hangs', name);
}

/** As `stallWords`, where there is one line for it. */
export function briefStallWords(
  now: readonly RankNow[],
  trans: ITranslate
): string {
  return whoHangs(now, trans) || stallWords(now, trans);
}

/**
 * Who waits for whom, once nothing has moved for a while: `"rank 0 waits in all_reduce for 4 s; rank
 * 1 has not come: it is at train, line 17"`. Empty where nobody waits.
 */
export function stallWords(now: readonly RankNow[], trans: ITranslate): string {
  const hung = hungWords(now, trans);
  if (hung) {
    return hung;
  }
  const waits = now.filter(({ waiting }) => waiting);
  const [first] = waits;
  if (!first?.waiting) {
    return '';
  }
  const { name, number, since_s } = first.waiting;
  const missing = now.filter(
    ({ waiting, ended }) => !ended && (!waiting || waiting.number < number)
  );
  const who = trans.__(
    '%1 waits in %2 for %3',
    trans.__('rank %1', first.rank),
    isolated(clip(callOf(name), NAME)),
    formatDuration(Math.round(since_s))
  );
  const others = missing
    .slice(0, MISSING)
    .map(({ rank, place }) =>
      place
        ? trans.__(
            'rank %1 has not come: it is at %2',
            rank,
            spot(place, trans)
          )
        : trans.__('rank %1 has not come', rank)
    );
  return [who, ...others].join('; ');
}

/** `"model: forward 0.3 ms, backward 1 ms, communication 26 ms, 0.7 ms of it beside the backward"`. */
export function replicaWords(
  { path, forward_s, backward_s, communication_s, overlap_s }: Replica,
  trans: ITranslate
): string {
  const name = path ? isolated(clip(path, NAME)) : 'DistributedDataParallel';
  const told = (
    seconds: number | null | undefined,
    words: (time: string) => string
  ) => (typeof seconds === 'number' ? [words(formatDuration(seconds))] : []);
  const times = [
    ...told(forward_s, time => trans.__('forward %1', time)),
    ...told(backward_s, time => trans.__('backward %1', time)),
    ...told(communication_s, time => trans.__('communication %1', time)),
    ...told(overlap_s, time => trans.__('%1 of it beside the backward', time))
  ];
  return times.length === 0
    ? ''
    : trans.__('A step of %1: %2', name, times.join(', '));
}

/** Where one was met last that did not end by itself: `"waited in all_reduce"`, `"train, line 17"`. */
export function lastWords(run: RankRun, trans: ITranslate): string {
  const { waiting, openmp_wait_s, last_place, record } = run;
  const place = ownAround(record, last_place);
  return [
    waiting
      ? trans.__('waited in %1', isolated(clip(callOf(waiting.name), NAME)))
      : '',
    openmp_wait_s
      ? trans.__('waited for threads that a fork has not copied')
      : '',
    place ? trans.__('last seen at %1', spot(place, trans)) : ''
  ]
    .filter(part => part !== '')
    .join(', ');
}

/** The user's own line around a place of the record; the place itself where there is none. */
function ownAround(
  record: CellRecord,
  index: number | null | undefined
): Place | null {
  const tree = placeTree(record);
  const node = tree.nodes.find(node => node.index === index);
  return node ? (ownLines(tree).get(node) ?? node).place : null;
}

/** `"all_reduce"` of `"gloo:all_reduce"`. */
function callOf(name: string): string {
  return name.split(':').pop() ?? name;
}

/** `"train, line 17"`, `"train.py line 17"`. */
function spot(place: Place, trans: ITranslate): string {
  const { kind, path, package: library, line } = place;
  const name = isolated(clip(place.function ?? '', NAME));
  const at = trans.__('line %1', line ?? '?');
  const file = path?.split('/').pop();
  const parts = [
    name,
    kind === 'file' && file ? `${isolated(clip(file, NAME))} ${at}` : '',
    kind === 'cell' ? at : '',
    kind === 'library' && library ? isolated(clip(library, NAME)) : ''
  ];
  return parts.filter(part => part !== '').join(', ');
}
