import * as React from 'react';

import { SessionTimeline } from '../charts/session';
import { Timeline } from '../charts/timeline';
import { formatDuration } from '../record/units';
import { Section } from './section';
import { Code } from './text';
import type { Session } from '../record/_session';
import type { IRunning, ITranslate } from './state';
import { deviceOrder } from './usage';

/** Pixels. */
const HEIGHT = 120;
/** A cell that ended before its second sample would only make the chart flicker. */
const LIVE_FROM = 2;

/**
 * Memory over time: of the running cell while one runs, else of the session. Both have the same
 * place and size, so nothing moves when a cell starts or ends.
 */
export function LiveTimeline(props: {
  session: Session;
  running: IRunning | null;
  trans: ITranslate;
}): JSX.Element {
  const { session, running, trans } = props;
  const live = running !== null && running.samples.length >= LIVE_FROM;
  const devices = React.useMemo(() => deviceOrder(session), [session]);
  return (
    <Section
      title={trans.__('Timeline')}
      className="jp-Torchprof-timeline"
      summary={live ? trans.__('running') : trans.__('session')}
    >
      {live ? (
        <Timeline
          samples={running.samples}
          devices={devices}
          height={HEIGHT}
          trans={trans}
        />
      ) : (
        <SessionTimeline session={session} height={HEIGHT} trans={trans} />
      )}
      <p className="jp-Torchprof-caption">
        {live ? (
          <RunningCaption running={running} trans={trans} />
        ) : (
          trans.__('Memory after each run; marks are peaks.')
        )}
      </p>
    </Section>
  );
}

/** How long, and the line that is running. */
function RunningCaption(props: {
  running: IRunning;
  trans: ITranslate;
}): JSX.Element {
  const { running, trans } = props;
  const last = running.samples[running.samples.length - 1];
  const line = last.line ?? null;
  const code =
    line === null
      ? ''
      : (running.cell.source.split('\n')[line - 1] ?? '').trim();
  return (
    <>
      <span>{formatDuration(last.t_s)}</span>
      {line !== null && (
        <>
          {' '}
          · {trans.__('line %1', line)} <Code value={code} length={120} />
        </>
      )}
    </>
  );
}
