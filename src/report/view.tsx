import * as React from 'react';

import { SessionTimeline } from '../charts/session';
import { Health } from '../views/session/health';
import { Printing, usePrinting } from '../views/parts/printing';
import { Text } from '../views/parts/text';
import type { CellRecord, Session } from '../record/_session';
import type { ITranslate, IViewActions } from '../views/state';
import { useAddress } from './address';
import { AdvicePart } from './advice';
import { anchors } from './anchor';
import { CellSection, hasFindings } from './cell';
import { chaptersOf } from './chapters';
import { Checks } from './checks';
import type { Baseline } from './comparison';
import { BaselineSection, ChangesSection } from './comparison';
import { Contents } from './contents';
import { EnvironmentTable } from './environment';
import { costlyRuns } from './findings';
import { FirstScreen } from './first-screen';
import { usePaper } from './paper';
import { Anchor, ReportPart } from './part';
import { PlacementPart } from './placement';
import { ThemeToggle } from './theme';

/** Cells with something to say that are open from the start; the others open on a click. */
const OPEN = 12;

/** The whole report. */
export function ReportView(props: {
  session: Session;
  /** An earlier session to compare with, or why it cannot be read. Absent: none. */
  baseline?: Baseline | null;
  title: string;
  trans: ITranslate;
}): JSX.Element {
  const { session, baseline, title, trans } = props;
  const places = React.useMemo(() => anchors(session), [session]);
  const actions = React.useMemo(
    () => ({ hrefOf: (record: CellRecord) => `#${places.get(record) ?? ''}` }),
    [places]
  );
  const chapters = React.useMemo(
    () => chaptersOf(session, Boolean(baseline), trans),
    [session, baseline, trans]
  );
  const printing = usePrinting();
  const page = React.useRef<HTMLDivElement>(null);
  usePaper(page, printing);
  useAddress();
  return (
    <Printing.Provider value={printing}>
      <div className="jp-Torchprof jp-Torchprof-report" ref={page}>
        <Contents
          session={session}
          chapters={chapters}
          anchors={places}
          trans={trans}
        />
        <main className="jp-Torchprof-reportMain">
          <header className="jp-Torchprof-reportHeader" id="overview">
            <h1>
              <Text value={title} />
              <Anchor id="overview" name={title} trans={trans} />
            </h1>
            <ThemeToggle trans={trans} />
          </header>
          <FirstScreen session={session} anchors={places} trans={trans} />
          {chapters.some(({ id }) => id === 'timeline') && (
            <ReportPart
              id="timeline"
              title={trans.__('Timeline')}
              trans={trans}
            >
              <SessionTimeline
                session={session}
                onSelect={record => {
                  window.location.hash = places.get(record) ?? '';
                }}
                caption={trans.__(
                  'Memory over time: widths are time, pauses are cut; marks are peaks.'
                )}
                trans={trans}
              />
            </ReportPart>
          )}
          <AdvicePart session={session} actions={actions} trans={trans} />
          {baseline && (
            <BaselineSection
              baseline={baseline}
              session={session}
              trans={trans}
            />
          )}
          <ReportPart id="cells" title={trans.__('Cells')} trans={trans}>
            <Cells
              session={session}
              anchors={places}
              actions={actions}
              trans={trans}
            />
          </ReportPart>
          <ChangesSection session={session} trans={trans} />
          <PlacementPart session={session} anchors={places} trans={trans} />
          <ReportPart
            id="environment"
            title={trans.__('Environment')}
            trans={trans}
          >
            <EnvironmentTable session={session} trans={trans} />
            <Checks session={session} trans={trans} />
            <Health health={session.health ?? []} trans={trans} />
          </ReportPart>
        </main>
      </div>
    </Printing.Provider>
  );
}

/** Each run, in the order in which they ran; nothing of them changes while one reads. */
const Cells = React.memo(function Cells(props: {
  session: Session;
  anchors: ReadonlyMap<CellRecord, string>;
  actions: IViewActions;
  trans: ITranslate;
}): JSX.Element {
  const { session, anchors } = props;
  const cells = session.cells ?? [];
  const open = React.useMemo(
    () => new Set((session.cells ?? []).filter(hasFindings).slice(0, OPEN)),
    [session]
  );
  const costly = React.useMemo(() => costlyRuns(session), [session]);
  return (
    <>
      {cells.map(record => (
        <CellSection
          key={record.run_id}
          session={session}
          record={record}
          anchor={anchors.get(record) ?? ''}
          isOpen={open.has(record)}
          isPrinted={costly.has(record) || hasFindings(record)}
          actions={props.actions}
          trans={props.trans}
        />
      ))}
    </>
  );
});
