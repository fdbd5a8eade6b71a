import * as React from 'react';

import { HOST, mainMemory } from '../../record/derive';
import { formatBytes, formatDuration } from '../../record/units';
import { deviceHue } from '../parts/usage';
import { nameWords } from './ranks-words';
import type { RankRun, Sample } from '../../record/_session';
import type { ITranslate } from '../state';

/** Units of the drawing, which is stretched to the room that there is. */
const WIDTH = 1000;
const HEIGHT = 100;

/** Memory of each process over time, one lane below the other, all on the same scales. */
export function RankLanes(props: {
  ranks: readonly RankRun[];
  devices: readonly string[];
  trans: ITranslate;
}): JSX.Element | null {
  const { devices, trans } = props;
  const lanes = props.ranks.flatMap(run => {
    const device = mainMemory(run.record)?.device ?? HOST;
    const points = (run.record.samples ?? [])
      .map(sample => ({ at: sample.t_s, bytes: held(sample, device) }))
      .filter(({ at, bytes }) => Number.isFinite(at) && Number.isFinite(bytes));
    return points.length > 1 ? [{ run, device, points }] : [];
  });
  if (lanes.length === 0) {
    return null;
  }
  const start = Math.min(...lanes.map(({ run }) => run.record.started_at));
  const shifts = lanes.map(({ run }) => run.record.started_at - start);
  const end = Math.max(
    ...lanes.map(({ points }, lane) => shifts[lane] + points.slice(-1)[0].at)
  );
  const most = Math.max(
    ...lanes.flatMap(({ points }) => points.map(({ bytes }) => bytes))
  );
  if (!(end > 0) || !(most > 0)) {
    return null;
  }
  return (
    <figure className="jp-Torchprof-rankLanes">
      {lanes.map(({ run, device, points }, lane) => (
        <div key={run.record.run_id} className="jp-Torchprof-rankLane">
          <span>{nameWords(run, trans)}</span>
          <svg
            viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
            preserveAspectRatio="none"
            role="img"
            aria-label={trans.__(
              'Memory of %1 over time, %2 at most',
              nameWords(run, trans),
              formatBytes(Math.max(...points.map(({ bytes }) => bytes)))
            )}
            data-device={deviceHue(device, devices)}
          >
            <path d={areaOf(points, shifts[lane], end, most)} />
          </svg>
        </div>
      ))}
      <figcaption className="jp-Torchprof-muted">
        {trans.__(
          'Memory over %1, up to %2',
          formatDuration(end),
          formatBytes(most)
        )}
      </figcaption>
    </figure>
  );
}

function held(sample: Sample, device: string): number {
  return device === HOST ? sample.host_bytes : (sample.devices?.[device] ?? 0);
}

function areaOf(
  points: readonly { at: number; bytes: number }[],
  shift: number,
  end: number,
  most: number
): string {
  const x = (at: number) => round((WIDTH * (shift + at)) / end);
  const line = points.map(
    ({ at, bytes }) => `${x(at)} ${round(HEIGHT * (1 - bytes / most))}`
  );
  const [first, last] = [points[0], points[points.length - 1]];
  return `M${x(first.at)} ${HEIGHT}L${line.join('L')}L${x(last.at)} ${HEIGHT}Z`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
