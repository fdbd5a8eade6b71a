import * as React from 'react';

import { SessionTimeline } from '../charts/session';
import { Health } from '../views/health';
import { Text } from '../views/text';
import type { CellRecord, Session } from '../record/_session';
import type { ITranslate } from '../views/state';
import { anchors } from './anchor';
import { CellSection } from './cell';
import type { Baseline } from './comparison';
import { BaselineSection, ChangesSection } from './comparison';
import { Contents } from './contents';
import { EnvironmentTable } from './environment';
import { FirstScreen } from './first-screen';
import { ThemeToggle } from './theme';

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
  const cells = session.cells ?? [];
  return (
    <div className="jp-Torchprof jp-Torchprof-report">
      <Contents
        session={session}
        hasBaseline={Boolean(baseline)}
        anchors={places}
        trans={trans}
      />
      <main className="jp-Torchprof-reportMain">
        <header className="jp-Torchprof-reportHeader" id="overview">
          <h1>
            <Text value={title} />
          </h1>
          <ThemeToggle trans={trans} />
        </header>
        <FirstScreen session={session} anchors={places} trans={trans} />
        {cells.length > 1 && (
          <section id="timeline" aria-labelledby="timeline-title">
            <h2 id="timeline-title">{trans.__('Timeline')}</h2>
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
          </section>
        )}
        {baseline && (
          <BaselineSection
            baseline={baseline}
            session={session}
            trans={trans}
          />
        )}
        <section id="cells" aria-labelledby="cells-title">
          <h2 id="cells-title">{trans.__('Cells')}</h2>
          {cells.map(record => (
            <CellSection
              key={record.run_id}
              session={session}
              record={record}
              anchor={places.get(record) ?? ''}
              actions={actions}
              trans={trans}
            />
          ))}
        </section>
        <ChangesSection session={session} trans={trans} />
        <section id="environment" aria-labelledby="environment-title">
          <h2 id="environment-title">{trans.__('Environment')}</h2>
          <EnvironmentTable session={session} trans={trans} />
          <Health health={session.health ?? []} trans={trans} />
        </section>
      </main>
    </div>
  );
}
