import * as React from 'react';

import type { CellRecord, Session } from '../record/_session';
import type { IRunning, ITranslate } from '../views/state';
import { useFold } from '../views/parts/folding';
import { deviceOrder } from '../views/parts/usage';
import { Crosshair } from './crosshair';
import { onClickOf } from './click';
import { useMoves } from './moves';
import { Plot } from './plot';
import type { IAxis } from './reading';
import { NO_AXIS, readingAt } from './reading';
import { useDrawing } from './session-drawing';
import { readingWords, runWords } from './session-words';
import { useCtrlWheel } from './wheel';
import { ALL } from './zoom';
import { ZoomButtons } from './zoom-buttons';

/** Runs drawn at most, the latest. */
const RUNS = 2000;
/** Milliseconds in which a second click may follow. */
const DOUBLE_CLICK = 300;
/** Of a choice that is remembered. */
const EQUAL = 'timeline-equal';
/** One array, so that nothing is drawn again for want of another. */
const NONE: readonly CellRecord[] = [];

/**
 * Memory over the session, on every device and the host, with the runs as bands; the running cell
 * goes on at its end. The keyboard goes from run to run by arrows, and through time with Shift.
 */
export function SessionTimeline(props: {
  session: Session;
  /** The running cell, `null`: none at the moment. Absent: no run will follow. */
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
  const devices = React.useMemo(() => deviceOrder(session), [session]);
  const [isEqual, setEqual] = useFold(EQUAL, false);
  const axis = React.useRef<IAxis>(NO_AXIS);
  const selected = records.findIndex(({ run_id }) => run_id === props.selected);
  const open = (record: CellRecord | undefined) => {
    if (record) {
      onSelect?.(record);
    }
  };
  const moves = useMoves(records, selected, axis, index =>
    open(records[index])
  );
  const { zoom, setZoom, cursor, at } = moves;
  const { draw, height } = useDrawing(
    {
      session,
      records,
      running,
      grows: props.running !== undefined,
      isEqual,
      zoom,
      selected,
      cursor,
      axis
    },
    trans
  );
  // A run that opens may move the chart away from under a double click, which shows all again.
  const opening = React.useRef<number>();
  React.useEffect(() => () => window.clearTimeout(opening.current), []);
  const openAt = (place: number) => {
    const run = readingAt(place, axis.current)?.run;
    const record = records.find(record => record === run);
    window.clearTimeout(opening.current);
    if (zoom === ALL) {
      open(record);
    } else {
      opening.current = window.setTimeout(() => open(record), DOUBLE_CLICK);
    }
  };
  const keys = useCtrlWheel(moves.onWheel);
  const x = at === null ? null : at * axis.current.width;
  return (
    <div className="jp-Torchprof-sessionTimeline">
      <div
        ref={keys}
        className="jp-Torchprof-timelineKeys"
        role="group"
        tabIndex={0}
        aria-label={trans.__(
          'Runs over time: arrow keys go from run to run, with Shift through time, Enter opens one, plus and minus zoom'
        )}
        // The keys are ours, not shortcuts of the application around.
        data-lm-suppress-shortcuts="true"
        onKeyDown={moves.onKeyDown}
        // plotly.js covers the page between press and release, so no click arrives here.
        onMouseDownCapture={event => {
          if (event.detail === 2) {
            window.clearTimeout(opening.current);
            setZoom(ALL);
          } else if (event.button === 0) {
            onClickOf(event, x => moves.onPick(x, openAt));
          }
        }}
        onMouseMove={({ clientX, currentTarget }) =>
          moves.onPoint(clientX - currentTarget.getBoundingClientRect().left)
        }
        onMouseLeave={() => moves.onPoint(null)}
        onBlur={moves.leave}
      >
        <Plot
          draw={draw}
          asked={`${zoom.join()} ${cursor} ${selected} ${isEqual}`}
          height={height}
          label={
            running
              ? trans.__('Memory of the session, live while the cell runs')
              : trans.__('Memory of the session by run')
          }
          onZoom={moves.onDrag}
          trans={trans}
        />
        {x !== null && (
          <Crosshair
            x={x}
            axis={axis.current}
            devices={devices}
            trans={trans}
          />
        )}
      </div>
      <span className="jp-Torchprof-visuallyHidden" aria-live="polite">
        {said()}
      </span>
      <div className="jp-Torchprof-timelineFoot">
        <p className="jp-Torchprof-caption">{props.caption}</p>
        <ZoomButtons
          zoom={zoom}
          setZoom={setZoom}
          isEqual={isEqual}
          setEqual={setEqual}
          trans={trans}
        />
      </div>
    </div>
  );

  /** The run that arrows went to, or the moment that Shift and they did. */
  function said(): string {
    if (moves.goal === 'run') {
      return records[cursor] ? runWords(records[cursor], trans) : '';
    }
    const reading =
      moves.goal === 'moment' && x !== null ? readingAt(x, axis.current) : null;
    return reading ? readingWords(reading, trans) : '';
  }
}
