/**
 * The samples of a run in as many points as its place on the axis can show. Pure, but remembered:
 * a session of hours has a million samples, of which each drawing would read all again.
 */
import { HOST } from '../record/derive';
import { cellLine } from '../record/places';
import type { CellRecord, Sample } from '../record/_session';
import { visiblePoints } from './downsample';

/** Memory of one device over one run. */
export interface IRunCurve {
  /** Seconds since the run began. */
  readonly t: readonly number[];
  /** Bytes. */
  readonly y: readonly number[];
  /** Line that was running; `null`: not known. */
  readonly line: readonly (number | null)[];
}

type Run = Pick<CellRecord, 'samples' | 'places' | 'source_hash'>;

/** Parts for each step of the axis: a point is at most a quarter of a step beside its place. */
const FINER = 4;
/** Parts of a run at least, so that narrow runs share one digest, however wide the panel is. */
const LEAST = 16;

const known = new WeakMap<Run, Map<string, IRunCurve>>();

/**
 * The samples of a device, with the lowest and the highest of each part of the run.
 *
 * @param steps - of the axis that the run takes, which are pixels
 */
export function runDigest(
  run: Run,
  device: string,
  duration: number,
  steps: number
): IRunCurve {
  // Powers of two: the digest stays while the runs beside it come and move it.
  const parts =
    2 ** Math.ceil(Math.log2(Math.max(LEAST, FINER * Math.ceil(steps))));
  let digests = known.get(run);
  if (!digests) {
    digests = new Map();
    known.set(run, digests);
  }
  const key = `${parts} ${device}`;
  let digest = digests.get(key);
  if (!digest) {
    digest = makeDigest(run, device, duration / parts);
    digests.set(key, digest);
  }
  return digest;
}

/** What a sample says of a device; `null`: nothing. */
export function sampledBytes(sample: Sample, device: string): number | null {
  return device === HOST
    ? sample.host_bytes
    : (sample.devices?.[device] ?? null);
}

function makeDigest(run: Run, device: string, step: number): IRunCurve {
  const { samples = [] } = run;
  // Read into buffers: lists made for each run would be most of the time that this takes.
  const { index, t, y } = buffersFor(samples.length);
  let count = 0;
  for (let at = 0; at < samples.length; at++) {
    const bytes = sampledBytes(samples[at], device);
    if (bytes !== null) {
      index[count] = at;
      t[count] = samples[at].t_s;
      y[count] = bytes;
      count++;
    }
  }
  const kept = visiblePoints(
    { x: t.subarray(0, count), y: y.subarray(0, count) },
    step
  );
  return {
    t: kept.map(at => t[at]),
    y: kept.map(at => y[at]),
    line: kept.map(at => cellLine(run, samples[index[at]].place))
  };
}

let buffers = makeBuffers(1024);

function buffersFor(count: number): typeof buffers {
  if (buffers.t.length < count) {
    buffers = makeBuffers(2 * count);
  }
  return buffers;
}

function makeBuffers(size: number) {
  return {
    index: new Uint32Array(size),
    t: new Float64Array(size),
    y: new Float64Array(size)
  };
}
