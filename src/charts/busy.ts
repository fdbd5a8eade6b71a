/** How busy a session's devices were, on the timeline's axis, as far as the driver told. Pure. */
import type { CellRecord } from '../record/_session';
import type { ILiveSample } from '../views/state';
import type { IBand } from './bands';
import { xOf } from './bands';
import type { IPlacedRun } from './session-curves';

/** How busy one device was; each value holds up to the next, `null`: not known. */
export interface IBusyCurve {
  readonly device: string;
  readonly x: number[];
  /** Shares of the time, 0 to 1. */
  readonly y: (number | null)[];
}

/** Parts of a run at most: each is the mean of what was told in it. */
const PARTS = 64;

type Run = Pick<CellRecord, 'samples' | 'duration_s'>;
type Told = readonly { readonly t: number; readonly share: number }[];

/** A session of hours has a million samples, which each drawing would read all again. */
const known = new WeakMap<Run, Map<string, Told>>();

/** Curves of the devices of which the driver has told in any of these runs. */
export function busyCurves(
  runs: readonly IPlacedRun[],
  devices: readonly string[]
): IBusyCurve[] {
  return devices.flatMap(device => {
    const curve: IBusyCurve = { device, x: [], y: [] };
    for (const { record, band } of runs) {
      const entry = record.memory?.find(memory => memory.device === device);
      if (typeof entry?.utilisation === 'number') {
        const told = toldOf(record, device);
        append(
          curve,
          band,
          told.length > 0 ? told : [{ t: 0, share: entry.utilisation }]
        );
      }
    }
    return curve.x.length > 0 ? [curve] : [];
  });
}

/** A curve with what the driver has told of the running cell so far. */
export function withLiveBusy(
  curve: IBusyCurve,
  samples: readonly ILiveSample[],
  band: IBand
): IBusyCurve {
  const told = samples.flatMap(({ t_s, utilisation }) => {
    const share = utilisation?.[curve.device];
    return share === undefined ? [] : [{ t: t_s, share }];
  });
  const both: IBusyCurve = {
    device: curve.device,
    x: [...curve.x],
    y: [...curve.y]
  };
  const last = samples[samples.length - 1]?.t_s ?? 0;
  append(both, band, told, last);
  return both;
}

/** Between runs nobody asked. */
function append(
  { x, y }: IBusyCurve,
  band: IBand,
  told: Told,
  end = band.duration
): void {
  if (told.length === 0) {
    return;
  }
  // What the driver tells is of the time before it was asked.
  let from = band.from;
  for (const { t, share } of told) {
    x.push(from);
    y.push(share);
    from = Math.max(from, xOf(band, t));
  }
  x.push(Math.max(from, xOf(band, end)));
  y.push(null);
}

function toldOf(run: Run, device: string): Told {
  let devices = known.get(run);
  if (!devices) {
    devices = new Map();
    known.set(run, devices);
  }
  let told = devices.get(device);
  if (!told) {
    told = means(run, device);
    devices.set(device, told);
  }
  return told;
}

function means({ samples = [], duration_s }: Run, device: string): Told {
  const sums = new Map<number, { t: number; sum: number; count: number }>();
  for (const { t_s, utilisation } of samples) {
    const share = utilisation?.[device];
    if (share !== undefined) {
      const part =
        duration_s > 0
          ? Math.min(PARTS - 1, Math.floor((PARTS * t_s) / duration_s))
          : 0;
      const { sum, count } = sums.get(part) ?? { sum: 0, count: 0 };
      sums.set(part, { t: t_s, sum: sum + share, count: count + 1 });
    }
  }
  return [...sums.values()].map(({ t, sum, count }) => ({
    t,
    share: sum / count
  }));
}
