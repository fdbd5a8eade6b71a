import * as React from 'react';

import type { CellRecord, Session } from '../record/_session';
import type { IRunning, ITranslate } from '../views/state';
import { Plot } from './plot';
import type { IAxis } from './session-drawing';
import { useDrawing } from './session-drawing';
import { LEFT, timelineHeight } from './session-figure';
import { runWords } from './session-words';
import { useCtrlWheel } from './wheel';
import type { Zoom } from './zoom';
import { ALL, anchored, around, clamped, showing } from './zoom';
import { FACTOR, ZoomButtons } from './zoom-buttons';

/** Runs drawn at most, the latest. */
const RUNS = 2000;
/** Pixels of the wheel for an enlargement by e. */
const WHEEL = 300;
/** Milliseconds in which a second click may follow. */
const DOUBLE_CLICK = 300;
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
  // A run that opens may move the chart away from under a double click, which shows all again.
  const opening = React.useRef<number>();
  React.useEffect(() => () => window.clearTimeout(opening.current), []);
  const openSoon = (index: unknown) => {
    window.clearTimeout(opening.current);
    if (zoom === ALL) {
      open(index);
    } else {
      opening.current = window.setTimeout(() => open(index), DOUBLE_CLICK);
    }
  };
  const enlarge = (factor: number) => {
    const { width, bands } = axis.current;
    const at = bands[cursor];
    setZoom(around(zoom, factor, at && (at.from + at.to) / 2 / width));
  };
  const moveTo = (index: number) => {
    const { width, bands } = axis.current;
    const band = bands[index];
    setCursor(index);
    if (band) {
      setZoom(showing(zoom, [band.from / width, band.to / width]));
    }
  };
  const keys = useCtrlWheel((delta, x) => {
    const { width } = axis.current;
    const share = Math.min(1, Math.max(0, (x - LEFT) / width));
    const at = zoom[0] + share * (zoom[1] - zoom[0]);
    setZoom(anchored(zoom, Math.exp(-delta / WHEEL), at));
  });
  const onKeyDown = (event: React.KeyboardEvent) => {
    const last = records.length - 1;
    const at = cursor < 0 ? (selected < 0 ? last + 1 : selected) : cursor;
    const actions: Record<string, () => void> = {
      ArrowLeft: () => moveTo(Math.max(0, at - 1)),
      ArrowRight: () => moveTo(Math.min(last, at + 1)),
      Home: () => moveTo(0),
      End: () => moveTo(last),
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
        ref={keys}
        className="jp-Torchprof-timelineKeys"
        role="group"
        tabIndex={0}
        aria-label={trans.__(
          'Runs over time: arrow keys go from run to run, Enter opens one, plus and minus zoom'
        )}
        // The keys are ours, not shortcuts of the application around.
        data-lm-suppress-shortcuts="true"
        onKeyDown={onKeyDown}
        // plotly.js covers the page between press and release, so no double click arrives here.
        onMouseDownCapture={({ detail }) => {
          if (detail === 2) {
            window.clearTimeout(opening.current);
            setZoom(ALL);
          }
        }}
        onBlur={() => setCursor(-1)}
      >
        <Plot
          draw={draw}
          asked={`${zoom.join()} ${cursor} ${selected}`}
          height={timelineHeight(rows)}
          label={
            running
              ? trans.__('Memory of the session, live while the cell runs')
              : trans.__('Memory of the session by run')
          }
          onClick={onSelect && openSoon}
          onZoom={([from, to]) => {
            const { width } = axis.current;
            setZoom(clamped([from / width, to / width]));
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
