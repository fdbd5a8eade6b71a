/** The memory of a session's devices over its runs, as curves. Pure. */
import type { CellRecord, MemoryEntry } from '../record/_session';
import type { ILiveSample } from '../views/state';
import type { IBand } from './bands';
import { xOf } from './bands';
import { runDigest, sampledBytes } from './digest';
import { visiblePoints } from './downsample';

/** A run with its place on the axis. */
export interface IPlacedRun {
  readonly record: Pick<
    CellRecord,
    'duration_s' | 'memory' | 'samples' | 'places' | 'source_hash'
  >;
  readonly band: IBand;
}

/** Where a peak stands. */
export interface IPeak {
  readonly x: number;
  readonly bytes: number;
  readonly isSampled: boolean;
  /** Which run. */
  readonly run: number;
}

/** Memory of one device over the session. */
export interface IDeviceCurve {
  readonly device: string;
  readonly x: number[];
  /** Bytes. */
  readonly y: number[];
  /** For each point which run it is of. */
  readonly run: number[];
  /** For each point the seconds since its run began. */
  readonly t: number[];
  /** For each point the line that was running; `null`: between runs, or not known. */
  readonly line: (number | null)[];
  readonly peaks: IPeak[];
}

/** Pixels between two peaks that are marked, at least. */
const APART = 5;

/**
 * Curves of the devices that held anything, each with at most two points for a step of the axis.
 *
 * @param devices - in order
 * @param step - of the axis, which is a pixel unless a part of it is enlarged
 */
export function sessionCurves(
  runs: readonly IPlacedRun[],
  devices: readonly string[],
  step = 1
): IDeviceCurve[] {
  return devices.flatMap(device => {
    const curve = curveOf(runs, device, step);
    return curve.y.some(bytes => bytes > 0) ? [thinned(curve, step)] : [];
  });
}

/** The curves go on with the samples of the running cell. */
export function withLive(
  curves: readonly IDeviceCurve[],
  devices: readonly string[],
  { samples, band }: { samples: readonly ILiveSample[]; band: IBand },
  run: number
): IDeviceCurve[] {
  return devices.flatMap(device => {
    const before = curves.find(curve => curve.device === device);
    const now = liveCurve(samples, device, band, run);
    if (!before && !now.y.some(bytes => bytes > 0)) {
      return [];
    }
    return [
      {
        device,
        x: [...(before?.x ?? []), ...now.x],
        y: [...(before?.y ?? []), ...now.y],
        run: [...(before?.run ?? []), ...now.run],
        t: [...(before?.t ?? []), ...now.t],
        line: [...(before?.line ?? []), ...now.line],
        peaks: before?.peaks ?? []
      }
    ];
  });
}

/** The points of the running cell, from its samples. */
export function liveCurve(
  samples: readonly ILiveSample[],
  device: string,
  band: IBand,
  run: number
): Omit<IDeviceCurve, 'peaks'> {
  const known = samples.filter(sample => sampledBytes(sample, device) !== null);
  return {
    device,
    x: known.map(sample => xOf(band, sample.t_s)),
    y: known.map(sample => sampledBytes(sample, device) ?? 0),
    run: known.map(() => run),
    t: known.map(sample => sample.t_s),
    line: known.map(sample => sample.line ?? null)
  };
}

function curveOf(
  runs: readonly IPlacedRun[],
  device: string,
  step: number
): IDeviceCurve {
  const curve: IDeviceCurve = {
    device,
    x: [],
    y: [],
    run: [],
    t: [],
    line: [],
    peaks: []
  };
  runs.forEach(({ record, band }, run) => {
    const entry = (record.memory ?? []).find(
      memory => memory.device === device
    );
    if (!entry) {
      return;
    }
    const add = (t: number, bytes: number, line: number | null) => {
      curve.x.push(xOf(band, t));
      curve.y.push(bytes);
      curve.run.push(run);
      curve.t.push(t);
      curve.line.push(line);
    };
    add(0, entry.allocated_before_bytes, null);
    let highest = { t: band.duration / 2, bytes: 0 };
    const steps = (band.to - band.from) / step;
    const { t, y, line } = runDigest(record, device, band.duration, steps);
    for (let index = 0; index < t.length; index++) {
      add(t[index], y[index], line[index]);
      if (y[index] > highest.bytes) {
        highest = { t: t[index], bytes: y[index] };
      }
    }
    add(band.duration, entry.allocated_after_bytes, null);
    curve.peaks.push(peakOf(entry, xOf(band, highest.t), run));
  });
  return curve;
}

function peakOf(entry: MemoryEntry, x: number, run: number): IPeak {
  const { peak_bytes: bytes, peak_is } = entry;
  return { x, bytes, isSampled: peak_is === 'sampled', run };
}

function thinned(curve: IDeviceCurve, step: number): IDeviceCurve {
  const kept = visiblePoints(curve, step);
  const pick = <T>(values: readonly T[]) => kept.map(index => values[index]);
  return {
    device: curve.device,
    x: pick(curve.x),
    y: pick(curve.y),
    run: pick(curve.run),
    t: pick(curve.t),
    line: pick(curve.line),
    peaks: apart(curve.peaks, APART * step)
  };
}

/** Of peaks that would lie over each other the highest. */
function apart(peaks: readonly IPeak[], distance: number): IPeak[] {
  const kept: IPeak[] = [];
  for (const peak of peaks) {
    const last = kept[kept.length - 1];
    if (last === undefined || peak.x - last.x >= distance) {
      kept.push(peak);
    } else if (peak.bytes > last.bytes) {
      kept[kept.length - 1] = peak;
    }
  }
  return kept;
}
