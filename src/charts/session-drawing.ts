/** Lays a session out on the axis, and draws it: what a live sample leaves as it was is kept. */
import * as React from 'react';

import type { CellRecord, Session } from '../record/_session';
import type { IRunning, ITranslate } from '../views/state';
import { deviceOrder } from '../views/parts/usage';
import { bandsOf, liveSpan, spanOf } from './bands';
import { busyCurves, withLiveBusy } from './busy';
import { capacitiesOf, countRows, devicesShown } from './devices-shown';
import { LEFT, RIGHT, lanesOf, timelineHeight } from './lanes';
import type { IFigure } from './plot';
import type { IAxis } from './reading';
import { pauseMarks, runMarks, timeTicks } from './ruler';
import { sessionCurves, withLive } from './session-curves';
import { sessionFigure } from './session-figure';
import type { IChartTheme } from './theme';
import type { Zoom } from './zoom';

/** What is drawn. */
export interface ISessionParts {
  session: Session;
  records: readonly CellRecord[];
  running: IRunning | null;
  /** Runs may follow, which have room at the end. */
  grows: boolean;
  /** All runs are as wide. */
  isEqual: boolean;
  zoom: Zoom;
  selected: number;
  cursor: number;
  /** Gets the axis that was drawn last. */
  axis: React.MutableRefObject<IAxis>;
}

/** The drawing, of which the part that only ends of cells change is kept while one runs. */
export function useDrawing(
  parts: ISessionParts,
  trans: ITranslate
): {
  draw: (theme: IChartTheme, width: number) => IFigure;
  height: number;
} {
  const { session, records, running, grows, isEqual, zoom } = parts;
  const { selected, cursor, axis } = parts;
  const devices = React.useMemo(() => deviceOrder(session), [session]);
  const capacities = React.useMemo(() => capacitiesOf(session), [session]);
  const elapsed = running?.samples[running.samples.length - 1]?.t_s ?? 0;
  const cell = running?.cell ?? null;
  const span = liveSpan(elapsed);
  const past = React.useMemo(() => {
    let known: { width: number; layout: ILayout } | null = null;
    const live = cell && {
      started: cell.started_at,
      duration: Math.min(span, 1e9)
    };
    return (width: number) => {
      if (known?.width !== width) {
        const bands = bandsOf(records.map(spanOf), width, {
          live,
          grows,
          isEqual
        });
        const runs = cell ? [...records, cell] : records;
        const layout = layOut(records, runs, bands, devices, width, zoom);
        known = { width, layout };
      }
      return known.layout;
    };
  }, [records, devices, cell, span, grows, isEqual, zoom]);
  const shown = React.useMemo(() => devicesShown(records), [records]);
  const rows = countRows(shown, devices, running);
  const height = timelineHeight(rows.memory, rows.busy);
  const draw = React.useCallback(
    (theme: IChartTheme, width: number) => {
      const size = Math.max(1, width - LEFT - RIGHT);
      const layout = past(size);
      const live = running && {
        samples: running.samples,
        band: layout.bands[layout.bands.length - 1]
      };
      const curves = live
        ? withLive(layout.curves, devices, live, layout.bands.length - 1)
        : layout.curves;
      const busy = live
        ? layout.busy.map(curve => withLiveBusy(curve, live.samples, live.band))
        : layout.busy;
      const lanes = lanesOf(curves, busy, capacities, layout.range, height);
      axis.current = { ...layout, curves, busy, lanes, width: size, height };
      return sessionFigure(
        {
          ...layout,
          curves,
          busy,
          lanes,
          capacities,
          devices,
          selected,
          cursor
        },
        theme,
        { width, height },
        trans
      );
    },
    [past, running, devices, capacities, height, selected, cursor, axis, trans]
  );
  return { draw, height };
}

type ILayout = ReturnType<typeof layOut>;

/** All that does not change while a cell runs. */
function layOut(
  records: readonly CellRecord[],
  runs: IAxis['runs'],
  bands: IAxis['bands'],
  devices: readonly string[],
  width: number,
  zoom: Zoom
) {
  const placed = records.map((record, index) => ({
    record,
    band: bands[index]
  }));
  const range = [zoom[0] * width, zoom[1] * width] as const;
  const view = { bands, range, width };
  return {
    runs,
    bands,
    range,
    curves: sessionCurves(placed, devices, zoom[1] - zoom[0]),
    busy: busyCurves(placed, devices),
    ticks: timeTicks(view),
    marks: runMarks(runs, view),
    pauses: pauseMarks(view)
  };
}
