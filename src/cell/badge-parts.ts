/** What a badge says: its parts, the most important first, since the last drop out where it is narrow. */
import type { CellRecord, MemoryEntry } from '../record/_session';
import type { ISilenced } from '../record/derive';
import { HOST, adviceKey, memoryDelta, openAdvice } from '../record/derive';
import { quietBytes } from '../record/noise';
import { ranksOf } from '../record/ranks';
import { formatBytes, formatBytesDelta, formatDuration } from '../record/units';
import { isolated } from '../record/visible';
import { elapsedWords } from '../views/parts/elapsed';
import { progressWords } from '../views/deep/progress-words';
import {
  briefStallWords,
  countWords,
  endWords,
  lateWords,
  nowWords,
  peakWords,
  stallWords
} from '../views/ranks/ranks-words';
import { clip } from '../views/parts/text';
import type { ILiveSample, ITranslate } from '../views/state';
import { memoryInUse, rise } from './badge-minimum';
import { currentMemory } from './memory-now';
import { savingOf } from './saving';

/** Characters of a device's name; PyTorch's are short. */
const NAME = 24;

/** A part of the badge: what stands there, and what a screen reader says. */
export interface IPart {
  readonly kind:
    | 'running'
    | 'deep'
    | 'ranks'
    | 'late'
    | 'failed'
    | 'time'
    | 'advice'
    | 'applied'
    | 'better'
    | 'worse'
    | 'same'
    | 'delta'
    | 'peak'
    | 'device'
    | 'now';
  readonly text: string;
  readonly words: string;
}

/**
 * The parts of a run that has ended.
 *
 * @param applied - advice whose fix is in the cells and has not run yet, by `adviceKey`
 * @param devices - accelerators that the session has
 */
export function describeRun(
  record: CellRecord,
  silenced: ISilenced | undefined,
  applied: ReadonlySet<string> | undefined,
  devices: number,
  trans: ITranslate
): IPart[] {
  const duration = formatDuration(record.duration_s);
  const parts: IPart[] = [
    { kind: 'time', text: duration, words: trans.__('took %1', duration) }
  ];
  if (record.status !== 'ok') {
    const text =
      record.status === 'error' ? trans.__('failed') : trans.__('interrupted');
    parts.unshift({ kind: 'failed', text, words: text });
  }
  const ranks = ranksOf(record);
  const ended = endWords(ranks, trans);
  if (ended) {
    parts.unshift({ kind: 'failed', text: ended, words: ended });
  }
  const late = lateWords(ranks, trans);
  if (late) {
    parts.push({ kind: 'late', text: late, words: late });
  }
  const advice = openAdvice(record, silenced);
  const { length } = advice;
  if (length > 0) {
    if (advice.every(one => applied?.has(adviceKey(record, one)))) {
      const text = trans.__('fix applied');
      const words = trans.__('fix applied: run to measure');
      parts.push({ kind: 'applied', text, words });
    } else {
      const text = trans._n('%1 suggestion', '%1 suggestions', length, length);
      parts.push({ kind: 'advice', text, words: text });
    }
  }
  const saving = savingOf(record, trans);
  if (saving) {
    parts.push({ ...saving, kind: saving.tone });
  }
  if (ranks.length > 0) {
    // The kernel's own memory is not what such a cell is about.
    const words = [countWords(ranks, trans), peakWords(ranks, trans)];
    parts.push(
      ...words
        .filter(text => text !== '')
        .map(text => ({ kind: 'ranks' as const, text, words: text }))
    );
    return parts;
  }
  for (const entry of memoryInUse(record)) {
    const isPlain = isTheOnly(entry.device, devices);
    parts.push(...(isPlain ? partsOf(entry, trans) : [deviceOf(entry, trans)]));
  }
  return parts;
}

/** Whether a device needs no name: bytes without one are those of the only accelerator. */
function isTheOnly(device: string, accelerators: number): boolean {
  return device === HOST ? accelerators === 0 : accelerators <= 1;
}

/**
 * The parts of a run that goes on.
 *
 * @param devices - accelerators that the session has
 */
export function describeRunning(
  elapsed: number,
  sample: ILiveSample | undefined,
  devices: number,
  trans: ITranslate
): IPart[] {
  const duration = elapsedWords(elapsed);
  const parts: IPart[] = [
    { kind: 'running', text: trans.__('running'), words: trans.__('running') },
    { kind: 'time', text: duration, words: trans.__('for %1', duration) }
  ];
  if (sample?.deep) {
    const words = progressWords(sample.deep, trans);
    parts.push({ kind: 'deep', text: words, words });
  }
  if (sample?.ranks && sample.ranks.length > 0) {
    const stall = briefStallWords(sample.ranks, trans);
    if (stall) {
      // First: however long it is, it must not be what drops out.
      const words = stallWords(sample.ranks, trans);
      parts.unshift({ kind: 'late', text: stall, words });
    } else {
      const words = nowWords(sample.ranks, trans);
      parts.push({ kind: 'ranks', text: words, words });
    }
  }
  const memory = currentMemory(sample);
  if (memory) {
    const bytes = formatBytes(memory.bytes);
    const device = nameOf(memory.device, trans);
    parts.push({
      kind: 'now',
      text: isTheOnly(memory.device, devices) ? bytes : `${device} ${bytes}`,
      words: trans.__('memory of %1 %2', device, bytes)
    });
  }
  return parts;
}

/** Change and peak of the only device, as far as they are worth a number. */
function partsOf(entry: MemoryEntry, trans: ITranslate): IPart[] {
  const parts: IPart[] = [];
  const quiet = quietBytes(entry);
  if (Math.abs(memoryDelta(entry)) >= quiet) {
    const delta = formatBytesDelta(memoryDelta(entry));
    parts.push({
      kind: 'delta',
      text: delta,
      words: trans.__('memory of %1 %2', nameOf(entry.device, trans), delta)
    });
  }
  if (rise(entry) >= quiet) {
    parts.push({ kind: 'peak', ...peakOf(entry, trans) });
  }
  return parts;
}

/** Change and peak of one device of several; they belong together. */
function deviceOf(entry: MemoryEntry, trans: ITranslate): IPart {
  const delta = formatBytesDelta(memoryDelta(entry));
  const device = nameOf(entry.device, trans);
  const peak = peakOf(entry, trans);
  return {
    kind: 'device',
    text: `${device} ${delta} · ${peak.text}`,
    words: trans.__('memory of %1 %2, %3', device, delta, peak.words)
  };
}

function nameOf(device: string, trans: ITranslate): string {
  return device === HOST ? trans.__('host') : isolated(clip(device, NAME));
}

function peakOf(
  entry: MemoryEntry,
  trans: ITranslate
): Pick<IPart, 'text' | 'words'> {
  const peak = formatBytes(entry.peak_bytes);
  // A sampled peak is a lower bound.
  return entry.peak_is === 'sampled'
    ? {
        text: trans.__('peak ≥ %1', peak),
        words: trans.__('peak at least %1', peak)
      }
    : { text: trans.__('peak %1', peak), words: trans.__('peak %1', peak) };
}
