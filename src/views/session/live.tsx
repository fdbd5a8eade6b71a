import * as React from 'react';

import { SessionTimeline } from '../../charts/session';
import { formatDuration } from '../../record/units';
import { elapsedOf, elapsedWords, untilNextSecond } from '../parts/elapsed';
import { Section } from '../parts/section';
import { Code } from '../parts/text';
import type { Session } from '../../record/_session';
import type { IRunning, ITranslate, IViewActions } from '../state';

/** A cell that ended before its second sample would only make the chart flicker. */
const LIVE_FROM = 2;

/** Memory over the session; while a cell runs, it goes on in the same place. */
export function LiveTimeline(props: {
  session: Session;
  running: IRunning | null;
  selected: string | null;
  actions: IViewActions;
  trans: ITranslate;
}): JSX.Element {
  const { session, running, actions, trans } = props;
  const live = running !== null && running.samples.length >= LIVE_FROM;
  return (
    <Section
      title={trans.__('Timeline')}
      className="jp-Torchprof-timeline"
      summary={live ? trans.__('running') : trans.__('session')}
    >
      <SessionTimeline
        session={session}
        running={live ? running : null}
        selected={props.selected}
        onSelect={record => {
          actions.select?.(record.run_id);
          actions.jumpTo?.(record);
        }}
        caption={
          live ? (
            <RunningCaption running={running} trans={trans} />
          ) : (
            trans.__('Pauses cut; marks are peaks.')
          )
        }
        trans={trans}
      />
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
      <Elapsed running={running} />
      {line !== null && (
        <>
          {' '}
          · {trans.__('line %1', line)} <Code value={code} length={120} />
        </>
      )}
    </>
  );
}

/** Goes on by itself while no sample comes. */
function Elapsed(props: { running: IRunning }): JSX.Element {
  const { running } = props;
  const [, tick] = React.useReducer((count: number) => count + 1, 0);
  const seconds = elapsedOf(running);
  React.useEffect(() => {
    const timer = window.setTimeout(tick, untilNextSecond(elapsedOf(running)));
    return () => window.clearTimeout(timer);
  });
  return (
    <span className="jp-Torchprof-elapsed">
      {seconds < 1 ? formatDuration(seconds) : elapsedWords(seconds)}
    </span>
  );
}
