/** Lays a session out on the axis, and draws it: what a live sample leaves as it was is kept. */
import * as React from 'react';

import type { CellRecord, Session } from '../record/_session';
import type { IRunning, ITranslate } from '../views/state';
import { deviceOrder } from '../views/parts/usage';
import type { IBand } from './bands';
import { bandsOf, liveSpan, spanOf } from './bands';
import type { IFigure } from './plot';
import type { IDeviceCurve } from './session-curves';
import { liveCurve, sessionCurves } from './session-curves';
import { LEFT, RIGHT, sessionFigure, timelineHeight } from './session-figure';
import type { IChartTheme } from './theme';
import type { Zoom } from './zoom';

/** What is drawn. */
export interface ISessionParts {
  session: Session;
  records: readonly CellRecord[];
  running: IRunning | null;
  zoom: Zoom;
  selected: number;
  cursor: number;
  /** Gets the axis that was drawn last. */
  axis: React.MutableRefObject<IAxis>;
}

/** The axis of a drawing, in pixels. */
export interface IAxis {
  readonly width: number;
  readonly bands: readonly IBand[];
}

/** The drawing, of which the part that only ends of cells change is kept while one runs. */
export function useDrawing(
  { session, records, running, zoom, selected, cursor, axis }: ISessionParts,
  trans: ITranslate
): {
  draw: (theme: IChartTheme, width: number) => IFigure;
  rows: number;
} {
  const devices = React.useMemo(() => deviceOrder(session), [session]);
  const elapsed = running?.samples[running.samples.length - 1]?.t_s ?? 0;
  const started = running?.cell.started_at ?? null;
  const span = liveSpan(elapsed);
  const past = React.useMemo(() => {
    let known: { width: number; layout: ReturnType<typeof layOut> } | null =
      null;
    const live =
      started === null ? null : { started, duration: Math.min(span, 1e9) };
    return (width: number) => {
      if (known?.width !== width) {
        known = { width, layout: layOut(records, devices, live, width, zoom) };
      }
      return known.layout;
    };
  }, [records, devices, started, span, zoom]);
  const draw = React.useCallback(
    (theme: IChartTheme, width: number) => {
      const size = Math.max(1, width - LEFT - RIGHT);
      const { bands, curves } = past(size);
      axis.current = { width: size, bands };
      const all = running ? withLive(curves, devices, running, bands) : curves;
      return sessionFigure(
        {
          runs: running ? [...records, running.cell] : records,
          bands,
          curves: all,
          devices,
          range: [zoom[0] * size, zoom[1] * size],
          selected,
          cursor
        },
        theme,
        { width, height: timelineHeight(all.length) },
        trans
      );
    },
    [past, running, records, devices, zoom, selected, cursor, axis, trans]
  );
  const rows = React.useMemo(
    () => countRows(records, devices, running),
    [records, devices, running]
  );
  return { draw, rows };
}

function layOut(
  records: readonly CellRecord[],
  devices: readonly string[],
  live: { started: number; duration: number } | null,
  width: number,
  zoom: Zoom
) {
  const bands = bandsOf(records.map(spanOf), width, live);
  const runs = records.map((record, index) => ({
    record,
    band: bands[index]
  }));
  return { bands, curves: sessionCurves(runs, devices, zoom[1] - zoom[0]) };
}

/** The curves go on with the samples of the running cell. */
function withLive(
  curves: readonly IDeviceCurve[],
  devices: readonly string[],
  { samples }: IRunning,
  bands: readonly IBand[]
): IDeviceCurve[] {
  const run = bands.length - 1;
  return devices.flatMap(device => {
    const before = curves.find(curve => curve.device === device);
    const now = liveCurve(samples, device, bands[run], run);
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

/** Devices that have a row. */
function countRows(
  records: readonly CellRecord[],
  devices: readonly string[],
  running: IRunning | null
): number {
  const used = new Set<string>();
  for (const { memory = [] } of records) {
    for (const entry of memory) {
      if (entry.peak_bytes > 0 || entry.allocated_after_bytes > 0) {
        used.add(entry.device);
      }
    }
  }
  const last = running?.samples[running.samples.length - 1];
  return devices.filter(
    device => used.has(device) || (last?.devices?.[device] ?? 0) > 0
  ).length;
}
