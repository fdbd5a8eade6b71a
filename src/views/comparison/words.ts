/** Comparisons in words. */
import type { IRunComparison, ISide } from '../../record/compare';
import { isSameStep } from '../../record/compare-deep';
import type { IDifference, Metric } from '../../record/differences';
import type { ITiming, Verdict } from '../../record/noise';
import { HOST, runsOfSameCell } from '../../record/derive';
import { isOwnCode } from '../../record/places';
import {
  UNKNOWN,
  formatBytesDelta,
  formatDuration,
  formatDurationDelta,
  formatQuantity
} from '../../record/units';
import type { CellRecord, Session } from '../../record/_session';
import { placeChangeWords } from './place-change-words';
import { runLabel } from '../parts/run-label';
import type { ITranslate } from '../state';
import { deviceName } from '../parts/usage';

/** What the two sides are called. */
export interface INames {
  readonly before: string;
  readonly after: string;
}

/** `Run 2 of 3 [7]`, or `[7]` for the only run of a cell. */
export function runName(
  session: Session,
  record: CellRecord,
  trans: ITranslate
): string {
  const runs = runsOfSameCell(session, record);
  return runs.length > 1
    ? trans.__(
        'Run %1 of %2 %3',
        runs.indexOf(record) + 1,
        runs.length,
        runLabel(record)
      )
    : trans.__('Run %1', runLabel(record));
}

/** `Before [3]`, `After [7]`. */
export function runNames(
  before: CellRecord,
  after: CellRecord,
  trans: ITranslate
): INames {
  return {
    before: trans.__('Before %1', runLabel(before)),
    after: trans.__('After %1', runLabel(after))
  };
}

/** What is compared, as the head of its row. */
export function metricWords(metric: Metric, trans: ITranslate): string {
  switch (metric) {
    case 'time':
      return trans.__('Time');
    case 'wait':
      return trans.__('Waiting for data');
    case 'start':
      return trans.__('At start');
    case 'kept':
      return trans.__('Kept');
    case 'peak':
      return trans.__('Peak');
    case 'reserved':
      return trans.__('Reserved');
    case 'placed':
      return trans.__('In variables');
    case 'graphs':
      return trans.__('Kept by graphs');
    case 'grad_forwards':
      return trans.__('Forwards with graph');
    case 'free_forwards':
      return trans.__('Forwards without');
    case 'backwards':
      return trans.__('Backwards');
    case 'loads':
      return trans.__('Loads');
    case 'loaded':
      return trans.__('Time loading');
    case 'read':
      return trans.__('Read from files');
    case 'moves':
      return trans.__('Moves');
    case 'moved':
      return trans.__('Moved');
    case 'end':
      return trans.__('At the end');
    case 'advice':
      return trans.__('Open advice');
  }
}

/** One side's value; `≥` marks a lower bound. */
export function valueWords(
  { metric, unit }: IDifference,
  value: number | null,
  sampled?: boolean
): string {
  if (value === null) {
    return UNKNOWN;
  }
  const words =
    unit === 'count'
      ? String(value)
      : metric === 'kept'
        ? formatBytesDelta(value)
        : formatQuantity(value, unit);
  return sampled ? `≥ ${words}` : words;
}

/** After minus before; `–` where one is not known. */
export function changeWords({ unit, before, after }: IDifference): string {
  if (before === null || after === null) {
    return UNKNOWN;
  }
  const change = after - before;
  switch (unit) {
    case 'bytes':
      return formatBytesDelta(change);
    case 's':
      return formatDurationDelta(change);
    case 'count':
      return change > 0 ? `+${change}` : `${change}`.replace('-', '\u2212');
  }
}

/** The change as a share of what was before; empty where that says nothing. */
export function shareWords({ metric, before, after }: IDifference): string {
  const isShare = metric === 'time' || metric === 'wait' || metric === 'peak';
  if (!isShare || before === null || after === null || before <= 0) {
    return '';
  }
  const percent = Math.round((after / before - 1) * 100);
  if (percent === 0 || percent > 999) {
    return '';
  }
  return percent > 0 ? `+${percent}%` : `\u2212${-percent}%`;
}

export function verdictWords(verdict: Verdict, trans: ITranslate): string {
  switch (verdict) {
    case 'better':
      return trans.__('better');
    case 'worse':
      return trans.__('worse');
    case 'same':
      return trans.__('noise');
  }
}

/** A finding in the sentence that begins a comparison. */
export interface IFinding {
  readonly verdict: Verdict;
  readonly words: string;
}

/**
 * What changed beyond noise, most telling first: time and the place of the user's own that it went
 * to, then each device's memory. Names stand between backticks.
 */
export function findings(
  {
    differences,
    places = [],
    deep,
    before,
    after
  }: Pick<IRunComparison, 'differences'> & Partial<IRunComparison>,
  trans: ITranslate
): IFinding[] {
  const isSingle = before?.timing.runs === 1 && after?.timing.runs === 1;
  const devices = new Set(differences.map(({ device }) => device ?? HOST));
  const found = differences.flatMap((difference): IFinding[] => {
    const { verdict, device } = difference;
    const words =
      verdict === 'better' || verdict === 'worse'
        ? findingWords(difference, safeSize(difference, differences), trans)
        : null;
    if (!verdict || !words) {
      return [];
    }
    const limit =
      difference.metric === 'time' && isSingle
        ? trans.__('one run each')
        : device !== null && devices.size > 1
          ? deviceName(device, trans)
          : null;
    return [{ verdict, words: limit === null ? words : `${words} (${limit})` }];
  });
  // A line at the top of a cell is found without being told.
  const place = places.find(
    ({ node }) => isOwnCode(node) && Boolean(node.place.function)
  );
  if (place) {
    const hasTime = differences.some(
      ({ metric, verdict }) =>
        metric === 'time' && (verdict === 'better' || verdict === 'worse')
    );
    found.splice(Number(hasTime && found.length > 0), 0, {
      verdict: place.after < place.before ? 'better' : 'worse',
      words: placeChangeWords(place, trans)
    });
  }
  const step = deep?.step;
  if (step && !isSameStep(step)) {
    const ratio = ratioWords(step.before, step.after, trans);
    found.unshift({
      verdict: step.after < step.before ? 'better' : 'worse',
      words: trans.__('a step is %1', ratio ?? '')
    });
  }
  return found;
}

/** Of what is kept only as much as the level at the end tells as well. Bytes. */
function safeSize(
  difference: IDifference,
  differences: readonly IDifference[]
): number {
  const size = ({ before, after }: IDifference) =>
    Math.abs((after ?? 0) - (before ?? 0));
  const end =
    difference.metric === 'kept'
      ? differences.find(
          ({ metric, device }) =>
            metric === 'end' && device === difference.device
        )
      : undefined;
  return end ? Math.min(size(difference), size(end)) : size(difference);
}

function findingWords(
  { metric, before, after, verdict }: IDifference,
  bytes: number,
  trans: ITranslate
): string | null {
  const better = verdict === 'better';
  const size = formatQuantity(bytes, 'bytes');
  switch (metric) {
    case 'time':
      return ratioWords(before ?? 0, after ?? 0, trans);
    case 'kept':
      return better
        ? trans.__('keeps %1 less', size)
        : trans.__('keeps %1 more', size);
    case 'peak':
      return better
        ? trans.__('peak %1 lower', size)
        : trans.__('peak %1 higher', size);
    case 'graphs':
      return better
        ? trans.__('graphs keep %1 less', size)
        : trans.__('graphs keep %1 more', size);
    default:
      return null;
  }
}

/** `1.4× faster`. */
function ratioWords(
  before: number,
  after: number,
  trans: ITranslate
): string | null {
  if (!(before > 0 && after > 0)) {
    return null;
  }
  const ratio = Math.max(before / after, after / before);
  const times = ratio < 10 ? ratio.toFixed(1) : ratio.toFixed(0);
  return after < before
    ? trans.__('%1× faster', times)
    : trans.__('%1× slower', times);
}

/** How sure the times are. */
export function timingWords(
  before: ISide,
  after: ISide,
  trans: ITranslate
): string {
  if (before.timing.runs === 1 && after.timing.runs === 1) {
    return trans.__(
      'One run each: times also differ by chance and by what was warm. Run both a few times to be sure.'
    );
  }
  return trans.__(
    'Time before: %1. After: %2.',
    sideTiming(before.timing, trans),
    sideTiming(after.timing, trans)
  );
}

function sideTiming({ runs, min, max }: ITiming, trans: ITranslate): string {
  return runs === 1
    ? trans.__('one run')
    : trans.__(
        'median of %1 runs of this source, %2 to %3',
        runs,
        formatDuration(min),
        formatDuration(max)
      );
}
