import { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import { CellBadge } from '../../src/cell/badge';
import { describeRunning } from '../../src/cell/badge-parts';
import { CommandIDs } from '../../src/command-ids';
import { addCommands } from '../../src/commands';
import { LazyProfiler } from '../../src/lazy-profiler';
import { ProfilerSettings } from '../../src/model/settings';
import { ErrorBoundary } from '../../src/panel/error-boundary';
import { compareInOrder } from '../../src/record/compare';
import type { CellRecord, Session } from '../../src/record/_session';
import { ReportView } from '../../src/report/view';
import { statusWords } from '../../src/status/words';
import { Broken } from '../../src/views/parts/broken';
import { RunComparison } from '../../src/views/comparison/run-comparison';
import { SessionComparison } from '../../src/views/comparison/session-comparison';
import { runNames } from '../../src/views/comparison/words';
import { PanelView } from '../../src/views/session/panel';
import { SafeFixes } from '../../src/views/advice/safe-fixes';
import { SessionView } from '../../src/views/session/session';
import type { Connection, IPanelState } from '../../src/views/state';
import {
  makeFixed,
  makeInference,
  makeNotebook,
  makeSamples,
  makeSession
} from './fixtures/records';
import {
  makeOutOfMemory,
  makeTraining,
  makeTwoDevices
} from './fixtures/sessions';
import { pseudo, untranslated, withoutSentences } from './pseudo';
import { cleanUp, render } from './views/render';

const ACTIONS = Object.fromEntries(
  [
    'select',
    'jumpTo',
    'goToLine',
    'openerOf',
    'preview',
    'apply',
    'applySafe',
    'act',
    'dismiss',
    'turnOff',
    'learnMore',
    'exportReport',
    'compare',
    'compareSession',
    'saveSession',
    'load'
  ].map(name => [name, () => undefined])
);

/** Sessions that together have every part of a record. */
const SESSIONS = withoutSentences({
  notebook: makeNotebook(),
  training: makeSession([makeTraining(), makeTraining({ run_id: 'again' })]),
  memory: makeSession([makeOutOfMemory()]),
  devices: makeTwoDevices(),
  fixed: makeSession([
    makeInference(),
    makeFixed(),
    makeInference({ run_id: 'stopped', status: 'interrupted' })
  ])
});

/** Open all that is folded, at each depth in one go: each change draws the whole view again. */
function unfold(element: HTMLElement): void {
  for (let round = 0; round < 3; round++) {
    React.act(() => {
      element
        .querySelectorAll<HTMLDetailsElement>('details:not([open])')
        .forEach(details => {
          details.open = true;
          details.dispatchEvent(new Event('toggle'));
        });
    });
    React.act(() => {
      element
        .querySelectorAll<HTMLElement>('[aria-expanded="false"]')
        .forEach(button => button.click());
    });
  }
}

describe('translation', () => {
  beforeAll(() => {
    window.matchMedia ??= () => ({ matches: false }) as MediaQueryList;
  });

  afterEach(cleanUp);

  function leftIn(view: JSX.Element, data: unknown = null): string[] {
    const element = render(view);
    unfold(element);
    return untranslated(element, data);
  }

  function panel(changes: Partial<IPanelState>): string[] {
    const state: IPanelState = {
      connection: { kind: 'connected', enabled: true },
      session: null,
      running: null,
      selected: null,
      stale: new Set(),
      ...changes
    };
    return leftIn(
      <PanelView state={state} actions={ACTIONS} trans={pseudo} />,
      changes
    );
  }

  it('should find text that went through no translator', () => {
    const view = (
      <p title={`${pseudo.__('Peak')} memory`}>
        {pseudo.__('used by %1', 'model')} 12 MiB peak
      </p>
    );
    expect(leftIn(view).map(found => found.split(' ')[0])).toEqual([
      'peak',
      'memory'
    ]);
    expect(leftIn(view, ['memory', 'peak'])).toEqual([]);
  });

  const connections: Connection[] = [
    { kind: 'none', reason: 'no-notebook' },
    { kind: 'none', reason: 'no-kernel' },
    { kind: 'none', reason: 'not-python' },
    { kind: 'connecting' },
    { kind: 'connected', enabled: true },
    { kind: 'connected', enabled: false },
    { kind: 'missing', message: 'Datum', install: '%pip install datum' },
    { kind: 'idle' },
    { kind: 'disconnected', message: 'Datum' }
  ];

  it.each(connections)('should be complete in the panel: %j', connection => {
    expect(panel({ connection })).toEqual([]);
    expect(panel({ connection, session: makeSession([]) })).toEqual([]);
    expect(panel({ connection, session: SESSIONS.notebook })).toEqual([]);
  });

  it.each(Object.entries(SESSIONS))(
    'should be complete in the detail of each run: %s',
    (_, session: Session) => {
      const cells = session.cells ?? [];
      for (const { run_id } of cells) {
        expect(panel({ session, selected: run_id })).toEqual([]);
      }
      const [{ run_id }] = cells;
      const stale = new Set([run_id]);
      expect(panel({ session, selected: run_id, stale })).toEqual([]);
    }
  );

  it('should be complete while a cell runs', () => {
    const session = SESSIONS.notebook;
    const running = {
      cell: {
        type: 'start' as const,
        run_id: 'running',
        cell_id: 'a',
        execution_count: 7,
        started_at: 1,
        source: 'x = 1\ny = 2'
      },
      samples: makeSamples(8, 2)
    };
    expect(panel({ session, running })).toEqual([]);
    expect(panel({ session: makeSession([]), running })).toEqual([]);
  });

  it.each(Object.entries(SESSIONS))(
    'should be complete in outputs, reports and comparisons: %s',
    (_, session: Session) => {
      const others = [session, SESSIONS.fixed];
      const before = SESSIONS.notebook;
      expect([
        ...leftIn(<SessionView session={session} trans={pseudo} />, session),
        ...leftIn(
          <ReportView
            session={session}
            baseline={before}
            title="Datum"
            trans={pseudo}
          />,
          [session, before, 'Datum']
        ),
        ...leftIn(
          <SessionComparison
            before={before}
            after={session}
            names={{ before: 'Datum', after: 'Datum' }}
            trans={pseudo}
          />,
          [before, others, 'Datum']
        )
      ]).toEqual([]);
    }
  );

  it('should be complete beside another run', () => {
    const session = SESSIONS.fixed;
    const [first, second, third] = session.cells as CellRecord[];
    for (const [a, b] of [
      [first, second],
      [first, third]
    ]) {
      expect(
        leftIn(
          <RunComparison
            comparison={compareInOrder(session, a, b)}
            names={runNames(a, b, pseudo)}
            devices={['host', 'cuda:0']}
            trans={pseudo}
          />,
          session
        )
      ).toEqual([]);
    }
  });

  it('should be complete in what is smaller', () => {
    const session = SESSIONS.devices;
    const change = { cell: 'Datum', before: 'x\n', after: 'y\n' };
    const choice = { cell: 'Datum', rule: 'datum', title: 'Datum' };
    const Fails = (): JSX.Element => {
      throw new Error('Datum');
    };
    const quiet = jest.spyOn(console, 'error').mockImplementation();
    expect([
      ...leftIn(<Broken reason={new Error('Datum')} trans={pseudo} />, [
        'Datum'
      ]),
      ...leftIn(
        <ErrorBoundary trans={pseudo}>
          <Fails />
        </ErrorBoundary>
      ),
      ...leftIn(
        <SafeFixes
          choices={[{ ...choice, changes: [change, change] }]}
          chosen={new Set([0])}
          left={new Set([0])}
          onToggle={() => undefined}
          trans={pseudo}
        />,
        [choice, 'x', 'y']
      )
    ]).toEqual([]);
    quiet.mockRestore();

    const badge = new CellBadge(() => undefined, pseudo);
    for (const record of session.cells ?? []) {
      badge.display([record, record], true);
      expect(untranslated(badge.node, session)).toEqual([]);
    }
    badge.displayRunning(describeRunning(7, makeSamples(8, 2)[0], 0, pseudo));
    expect(untranslated(badge.node, session)).toEqual([]);

    const { text, title } = statusWords(session, null, pseudo);
    const status = document.createElement('button');
    Object.assign(status, { textContent: text, title });
    expect(untranslated(status, session)).toEqual([]);
  });

  it('should be complete in the commands', () => {
    const commands = new CommandRegistry();
    const profiler = new LazyProfiler(new ProfilerSettings(), () =>
      Promise.reject(new Error('not needed'))
    );
    const place = {
      isOpen: false,
      open: () => {},
      close: () => {},
      hasTabs: true,
      isTab: false,
      openTab: () => {},
      closeTab: () => {}
    };
    addCommands(commands, profiler, place, pseudo);
    for (const id of Object.values(CommandIDs)) {
      expect(commands.label(id)).toMatch(/^⟦.+⟧$/);
      expect(commands.caption(id)).toMatch(/^(⟦.+⟧)?$/);
    }
  });
});
