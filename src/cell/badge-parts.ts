/** What a badge says: its parts, the most important first, since the last drop out where it is narrow. */
import type { CellRecord, MemoryEntry, Sample } from '../record/_session';
import type { ISilenced } from '../record/derive';
import { HOST, hostMemory, memoryDelta, openAdvice } from '../record/derive';
import { formatBytes, formatBytesDelta, formatDuration } from '../record/units';
import { isolated } from '../record/visible';
import { clip } from '../views/parts/text';
import type { ITranslate } from '../views/state';

/** Devices shown; a record may hold any number. */
const DEVICES = 8;
/** Characters of a device's name; PyTorch's are short. */
const NAME = 24;
/** Bytes of a mebibyte. */
const MEBIBYTE = 2 ** 20;

/** A part of the badge: what stands there, and what a screen reader says. */
export interface IPart {
  readonly kind:
    | 'running'
    | 'failed'
    | 'time'
    | 'advice'
    | 'delta'
    | 'peak'
    | 'device'
    | 'now';
  readonly text: string;
  readonly words: string;
}

/** Below what a badge stays away; 0 leaves a number out of the question. */
export interface IMinimum {
  readonly seconds: number;
  readonly mebibytes: number;
}

/** Memory of the accelerators that hold anything, the fullest first. */
function accelerators(record: CellRecord): MemoryEntry[] {
  return (record.memory ?? [])
    .filter(entry => entry.device !== HOST && entry.peak_bytes > 0)
    .sort((a, b) => b.peak_bytes - a.peak_bytes)
    .slice(0, DEVICES);
}

/** Memory of the accelerators that the run used, the fullest first; of the host if it used none. */
function memoryInUse(record: CellRecord): MemoryEntry[] {
  // One that merely holds what it held is no news.
  const used = accelerators(record).filter(entry => extent(entry) > 0);
  const host = hostMemory(record);
  return used.length > 0 || !host ? used : [host];
}

/** By how much the run changed the memory of a device, for good or for a while. Bytes. */
function extent(entry: MemoryEntry): number {
  return Math.max(
    Math.abs(memoryDelta(entry)),
    entry.peak_bytes - entry.allocated_before_bytes
  );
}

/** Whether a run is worth a badge: long or large enough, failed, or with advice. */
export function isWorthABadge(
  record: CellRecord,
  minimum: IMinimum,
  silenced?: ISilenced
): boolean {
  const memory = () => Math.max(0, ...memoryInUse(record).map(extent));
  return (
    reaches(minimum, record.duration_s, memory) ||
    record.status !== 'ok' ||
    openAdvice(record, silenced).length > 0
  );
}

/** Whether a cell that runs has become worth a badge. */
export function isWorthWatching(
  elapsed: number,
  samples: readonly Sample[],
  minimum: IMinimum
): boolean {
  const growth = () => {
    const [first, last] = [samples[0], samples[samples.length - 1]];
    const of = (sample?: Sample) => currentMemory(sample)?.bytes ?? 0;
    return Math.abs(of(last) - of(first));
  };
  return reaches(minimum, elapsed, growth);
}

/** One minimum that is reached is enough: a short cell may be large, and a small one long. */
function reaches(
  { seconds, mebibytes }: IMinimum,
  duration: number,
  bytes: () => number
): boolean {
  return (
    (seconds === 0 && mebibytes === 0) ||
    (seconds > 0 && duration >= seconds) ||
    (mebibytes > 0 && bytes() >= mebibytes * MEBIBYTE)
  );
}

/** The parts of a run that has ended. */
export function describeRun(
  record: CellRecord,
  silenced: ISilenced | undefined,
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
  const { length } = openAdvice(record, silenced);
  if (length > 0) {
    const text = trans._n('%1 suggestion', '%1 suggestions', length, length);
    parts.push({ kind: 'advice', text, words: text });
  }
  for (const entry of memoryInUse(record)) {
    // A name is only needed where it could be another.
    const isPlain = accelerators(record).every(other => other === entry);
    parts.push(...(isPlain ? partsOf(entry, trans) : [deviceOf(entry, trans)]));
  }
  return parts;
}

/** The parts of a run that goes on. */
export function describeRunning(
  elapsed: number,
  sample: Sample | undefined,
  trans: ITranslate
): IPart[] {
  // Tenths would make it restless.
  const duration = formatDuration(Math.max(1, Math.floor(elapsed)));
  const parts: IPart[] = [
    { kind: 'running', text: trans.__('running'), words: trans.__('running') },
    { kind: 'time', text: duration, words: trans.__('for %1', duration) }
  ];
  const memory = currentMemory(sample);
  if (memory) {
    const text = formatBytes(memory.bytes);
    parts.push({
      kind: 'now',
      text,
      words: trans.__(
        'memory of %1 %2',
        isolated(clip(memory.device, NAME)),
        text
      )
    });
  }
  return parts;
}

/** Change and peak of the only device. */
function partsOf(entry: MemoryEntry, trans: ITranslate): IPart[] {
  const delta = formatBytesDelta(memoryDelta(entry));
  return [
    {
      kind: 'delta',
      text: delta,
      words: trans.__(
        'memory of %1 %2',
        isolated(clip(entry.device, NAME)),
        delta
      )
    },
    { kind: 'peak', ...peakOf(entry, trans) }
  ];
}

/** Change and peak of one device of several; they belong together. */
function deviceOf(entry: MemoryEntry, trans: ITranslate): IPart {
  const delta = formatBytesDelta(memoryDelta(entry));
  const device =
    entry.device === HOST
      ? trans.__('host')
      : isolated(clip(entry.device, NAME));
  const peak = peakOf(entry, trans);
  return {
    kind: 'device',
    text: `${device} ${delta} · ${peak.text}`,
    words: trans.__('memory of %1 %2, %3', device, delta, peak.words)
  };
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

/** Of the fullest accelerator, or of the host while none is used. */
function currentMemory(
  sample: Sample | undefined
): { device: string; bytes: number } | null {
  if (!sample) {
    return null;
  }
  const devices = Object.entries(sample.devices ?? {});
  const [device, bytes] = devices.reduce(
    (most, entry) => (entry[1] > most[1] ? entry : most),
    ['', 0]
  );
  return bytes > 0
    ? { device, bytes }
    : { device: HOST, bytes: sample.host_bytes };
}
