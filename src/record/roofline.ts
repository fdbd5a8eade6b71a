/**
 * Lines of a deep profile against what their device does at best: as many operations, or as many
 * bytes, as the time that they took allows. Pure.
 */
import type { DeepLine, DeepProfile, DeepRoof } from './_session';

/** A smaller part of the lines' time is not told. */
const LEAST = 0.005;
const MOST = 40;
/** The one whose times are its own: those of an accelerator are the host's, which asks and goes on. */
const HOST = 'cpu';

/** A line that computes. */
export interface IRoofPoint {
  readonly line: DeepLine;
  readonly roof: DeepRoof;
  /** Of its operators, with the backward that it causes. */
  readonly seconds: number;
  /** Operations for each byte that is read or written; 0: none were counted. */
  readonly intensity: number;
  /** Operations in a second. */
  readonly rate: number;
  /** Bytes in a second. */
  readonly traffic: number;
  /** Of the time that it took, the part that it would take at the roof; more than 1: in caches. */
  readonly share: number;
  /** What the roof is made of there. */
  readonly bound: 'operations' | 'memory';
}

/** Lines with a roof, those that took most first. */
export function roofPoints({ lines, roofs }: DeepProfile): IRoofPoint[] {
  const timed = (lines ?? []).map(line => ({ line, seconds: secondsOf(line) }));
  const whole = timed.reduce((sum, { seconds }) => sum + seconds, 0);
  return timed
    .filter(({ seconds }) => seconds > LEAST * whole)
    .flatMap(({ line, seconds }) => {
      const roof = roofOf(line, roofs ?? []);
      return roof ? [pointOf(line, roof, seconds)] : [];
    })
    .filter(({ rate, traffic }) => rate > 0 || traffic > 0)
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, MOST);
}

/** Of a line the part of its time that it would take at the roof; `null`: not known. */
export function roofShare(line: DeepLine, deep: DeepProfile): number | null {
  const roof = roofOf(line, deep.roofs ?? []);
  const seconds = secondsOf(line);
  if (!roof || seconds <= 0) {
    return null;
  }
  const { share } = pointOf(line, roof, seconds);
  return share > 0 ? share : null;
}

/** Operations of all steps for each second of them, of what a device does at best; `null`: unknown. */
export function stepShare(deep: DeepProfile, roof: DeepRoof): number | null {
  const seconds = (deep.steps ?? []).reduce(
    (sum, { duration_s }) => sum + duration_s,
    0
  );
  const flops = (deep.lines ?? [])
    .filter(
      ({ device, dtype }) => device === roof.device && dtype === roof.dtype
    )
    .reduce((sum, line) => sum + (line.flops ?? 0), 0);
  return seconds > 0 && flops > 0 && roof.flops_per_s > 0
    ? flops / seconds / roof.flops_per_s
    : null;
}

/** Whether some line computes with what a roof could be measured of. */
export function hasRoofs({ lines }: DeepProfile): boolean {
  return (lines ?? []).some(({ device, dtype }) => device && dtype);
}

function roofOf(line: DeepLine, roofs: readonly DeepRoof[]): DeepRoof | null {
  return line.device !== HOST
    ? null
    : (roofs.find(
        ({ device, dtype, flops_per_s, bytes_per_s }) =>
          device === line.device &&
          dtype === line.dtype &&
          flops_per_s > 0 &&
          bytes_per_s > 0
      ) ?? null);
}

function secondsOf({ operators_s, backward_s }: DeepLine): number {
  return (operators_s ?? 0) + (backward_s ?? 0);
}

function pointOf(line: DeepLine, roof: DeepRoof, seconds: number): IRoofPoint {
  const [flops, bytes] = [line.flops ?? 0, line.moved_bytes ?? 0];
  const computing = flops / roof.flops_per_s;
  const moving = bytes / roof.bytes_per_s;
  return {
    line,
    roof,
    seconds,
    intensity: bytes > 0 ? flops / bytes : 0,
    rate: flops / seconds,
    traffic: bytes / seconds,
    share: Math.max(computing, moving) / seconds,
    bound: computing > moving ? 'operations' : 'memory'
  };
}
