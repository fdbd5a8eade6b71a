/** The memory of a session's devices over its runs, as curves. Pure. */
import { HOST } from '../record/derive';
import type { CellRecord, MemoryEntry, Sample } from '../record/_session';
import type { IBand } from './bands';
import { xOf } from './bands';
import { visiblePoints } from './downsample';

/** A run with its place on the axis. */
export interface IPlacedRun {
  readonly record: Pick<CellRecord, 'memory' | 'samples'>;
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
    const curve = curveOf(runs, device);
    return curve.y.some(bytes => bytes > 0) ? [thinned(curve, step)] : [];
  });
}

/** The points of the running cell, from its samples. */
export function liveCurve(
  samples: readonly Sample[],
  device: string,
  band: IBand,
  run: number
): Omit<IDeviceCurve, 'peaks'> {
  const known = samples.filter(sample => bytesOf(sample, device) !== null);
  return {
    device,
    x: known.map(sample => xOf(band, sample.t_s)),
    y: known.map(sample => bytesOf(sample, device) ?? 0),
    run: known.map(() => run),
    t: known.map(sample => sample.t_s)
  };
}

function curveOf(runs: readonly IPlacedRun[], device: string): IDeviceCurve {
  const curve: IDeviceCurve = {
    device,
    x: [],
    y: [],
    run: [],
    t: [],
    peaks: []
  };
  runs.forEach(({ record, band }, run) => {
    const entry = (record.memory ?? []).find(
      memory => memory.device === device
    );
    if (!entry) {
      return;
    }
    const add = (t: number, bytes: number) => {
      curve.x.push(xOf(band, t));
      curve.y.push(bytes);
      curve.run.push(run);
      curve.t.push(t);
    };
    add(0, entry.allocated_before_bytes);
    let highest = { t: band.duration / 2, bytes: 0 };
    for (const sample of record.samples ?? []) {
      const bytes = bytesOf(sample, device);
      if (bytes !== null) {
        add(sample.t_s, bytes);
        if (bytes > highest.bytes) {
          highest = { t: sample.t_s, bytes };
        }
      }
    }
    add(band.duration, entry.allocated_after_bytes);
    curve.peaks.push(peakOf(entry, xOf(band, highest.t), run));
  });
  return curve;
}

function peakOf(entry: MemoryEntry, x: number, run: number): IPeak {
  const { peak_bytes: bytes, peak_is } = entry;
  return { x, bytes, isSampled: peak_is === 'sampled', run };
}

function bytesOf(sample: Sample, device: string): number | null {
  return device === HOST
    ? sample.host_bytes
    : (sample.devices?.[device] ?? null);
}

function thinned(curve: IDeviceCurve, step: number): IDeviceCurve {
  const kept = visiblePoints(curve, step);
  const pick = (values: readonly number[]) => kept.map(index => values[index]);
  return {
    device: curve.device,
    x: pick(curve.x),
    y: pick(curve.y),
    run: pick(curve.run),
    t: pick(curve.t),
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
