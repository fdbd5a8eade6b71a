import * as React from 'react';

import type { CellRecord, Session } from '../record/_session';
import { IconButton } from '../views/icon-button';
import { WholeIcon, ZoomInIcon, ZoomOutIcon } from '../views/icons';
import type { IRunning, ITranslate } from '../views/state';
import { deviceOrder } from '../views/usage';
import type { IBand } from './bands';
import { bandsOf, liveSpan, spanOf } from './bands';
import type { IFigure } from './plot';
import { Plot } from './plot';
import type { IDeviceCurve } from './session-curves';
import { liveCurve, sessionCurves } from './session-curves';
import { LEFT, RIGHT, sessionFigure, timelineHeight } from './session-figure';
import { runWords } from './session-words';
import type { IChartTheme } from './theme';
import type { Zoom } from './zoom';
import { ALL, around, clamped } from './zoom';

/** Runs drawn at most, the latest. */
const RUNS = 2000;
/** By how much a click on a button enlarges. */
const FACTOR = 2;
/** One array, so that nothing is drawn again for want of another. */
const NONE: readonly CellRecord[] = [];

/**
 * Memory over the session, on every device and the host, with the runs as bands; the running cell
 * goes on at its end. The keyboard goes from run to run by arrows.
 */
export function SessionTimeline(props: {
  session: Session;
  running?: IRunning | null;
  /** `run_id` of the run that is open. */
  selected?: string | null;
  /** A band was clicked. */
  onSelect?: (record: CellRecord) => void;
  /** What the chart shows, in a line below it. */
  caption: React.ReactNode;
  trans: ITranslate;
}): JSX.Element {
  const { session, running = null, onSelect, trans } = props;
  const records = React.useMemo(
    () => (session.cells ?? NONE).slice(-RUNS),
    [session]
  );
  const [zoom, setZoom] = React.useState<Zoom>(ALL);
  const [cursor, setCursor] = React.useState(-1);
  const axis = React.useRef<IAxis>({ width: 1, bands: [] });
  const selected = records.findIndex(({ run_id }) => run_id === props.selected);
  const { draw, rows } = useDrawing(
    { session, records, running, zoom, selected, cursor, axis },
    trans
  );
  const open = (index: unknown) => {
    const record = records[Number(index)];
    if (record) {
      onSelect?.(record);
    }
  };
  const enlarge = (factor: number) => {
    const { width, bands } = axis.current;
    const at = bands[cursor];
    setZoom(around(zoom, factor, at && (at.from + at.to) / 2 / width));
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const last = records.length - 1;
    const at = cursor < 0 ? (selected < 0 ? last + 1 : selected) : cursor;
    const actions: Record<string, () => void> = {
      ArrowLeft: () => setCursor(Math.max(0, at - 1)),
      ArrowRight: () => setCursor(Math.min(last, at + 1)),
      Home: () => setCursor(0),
      End: () => setCursor(last),
      Enter: () => open(cursor),
      Escape: () => setCursor(-1),
      '+': () => enlarge(FACTOR),
      '-': () => enlarge(1 / FACTOR),
      '0': () => setZoom(ALL)
    };
    const { key, ctrlKey, metaKey, altKey } = event;
    if (!ctrlKey && !metaKey && !altKey && key in actions && last >= 0) {
      event.preventDefault();
      event.stopPropagation();
      actions[key]();
    }
  };
  return (
    <div className="jp-Torchprof-sessionTimeline">
      <div
        className="jp-Torchprof-timelineKeys"
        role="group"
        tabIndex={0}
        aria-label={trans.__(
          'Runs over time: arrow keys go from run to run, Enter opens one, plus and minus zoom'
        )}
        // The keys are ours, not shortcuts of the application around.
        data-lm-suppress-shortcuts="true"
        onKeyDown={onKeyDown}
        onBlur={() => setCursor(-1)}
      >
        <Plot
          draw={draw}
          height={timelineHeight(rows)}
          label={
            running
              ? trans.__('Memory of the session, live while the cell runs')
              : trans.__('Memory of the session by run')
          }
          onClick={onSelect && open}
          onZoom={range => {
            const { width } = axis.current;
            setZoom(
              range ? clamped([range[0] / width, range[1] / width]) : ALL
            );
          }}
          trans={trans}
        />
      </div>
      <span className="jp-Torchprof-visuallyHidden" aria-live="polite">
        {cursor >= 0 && records[cursor] && runWords(records[cursor], trans)}
      </span>
      <div className="jp-Torchprof-timelineFoot">
        <p className="jp-Torchprof-caption">{props.caption}</p>
        <ZoomButtons zoom={zoom} setZoom={setZoom} trans={trans} />
      </div>
    </div>
  );
}

/** Without a mouse's drag: closer, farther, along, all. */
function ZoomButtons(props: {
  zoom: Zoom;
  setZoom: (zoom: Zoom) => void;
  trans: ITranslate;
}): JSX.Element {
  const { zoom, setZoom, trans } = props;
  const isAll = zoom === ALL;
  return (
    <span className="jp-Torchprof-zoom">
      <IconButton
        label={trans.__('Zoom in')}
        onClick={() => setZoom(around(zoom, FACTOR))}
      >
        <ZoomInIcon />
      </IconButton>
      <IconButton
        label={trans.__('Zoom out')}
        disabled={isAll}
        onClick={() => setZoom(around(zoom, 1 / FACTOR))}
      >
        <ZoomOutIcon />
      </IconButton>
      <IconButton
        label={trans.__('Show the whole session')}
        disabled={isAll}
        onClick={() => setZoom(ALL)}
      >
        <WholeIcon />
      </IconButton>
    </span>
  );
}

interface IWhat {
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
interface IAxis {
  readonly width: number;
  readonly bands: readonly IBand[];
}

/** The drawing, of which the part that only ends of cells change is kept while one runs. */
function useDrawing(
  { session, records, running, zoom, selected, cursor, axis }: IWhat,
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
