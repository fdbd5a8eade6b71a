import * as React from 'react';

import type {
  CellRecord,
  DeepProfile,
  Session
} from '../../../../src/record/_session';
import { PLAIN } from '../../../../src/report/plain';
import { PanelView } from '../../../../src/views/session/panel';
import type { IPanelState, IViewActions } from '../../../../src/views/state';
import {
  makeFixed,
  makeInference,
  makeNotebook,
  makeRecord,
  makeSession
} from '../../fixtures/records';
import deepCases from '../../fixtures/deep/verdict.json';
import { makeMemory } from '../../builders';
import { makeOutOfMemory, makePlainSession } from '../../fixtures/sessions';
import {
  button,
  choose,
  cleanUp,
  click,
  focus,
  get,
  press,
  render,
  rerender,
  type
} from '../render';

function panel(
  state: Partial<IPanelState>,
  actions: IViewActions = {}
): JSX.Element {
  return (
    <PanelView
      state={{
        connection: { kind: 'connected', enabled: true },
        session: makeNotebook(),
        running: null,
        selected: null,
        stale: new Set(),
        ...state
      }}
      actions={actions}
      trans={PLAIN}
    />
  );
}

const notes = (element: Element) =>
  [...element.querySelectorAll('.jp-Torchprof-note')].map(
    ({ textContent }) => textContent
  );
const options = (element: Element) => [
  ...element.querySelectorAll<HTMLElement>('[role=option]')
];

describe('what the panel says of its session', () => {
  afterEach(cleanUp);

  it('should say that PyTorch was not imported', () => {
    const element = render(panel({ session: makePlainSession() }));
    expect(notes(element)).toEqual([
      expect.stringMatching(/^PyTorch is not imported yet/)
    ]);
  });

  it('should say that earlier runs are gone', () => {
    const session = makeNotebook();
    const history = session.cells!.length;
    expect(notes(render(panel({ session, history })))).toEqual([
      expect.stringContaining(`Only the last ${history} runs are kept`)
    ]);
    expect(notes(render(panel({ session, history: history + 1 })))).toEqual([]);
  });

  it('should say how to switch profiling on again', () => {
    const element = render(
      panel({ connection: { kind: 'connected', enabled: false } })
    );
    expect(get(element, '[role=status]').textContent).toContain(
      'Profiling is off'
    );
    expect(get(element, 'pre').textContent).toBe('%torchprof on');
  });

  it('should not call for a cell that would not be measured', () => {
    const element = render(
      panel({
        session: makeSession([]),
        connection: { kind: 'connected', enabled: false }
      })
    );
    expect(element.querySelectorAll('[role=status]')).toHaveLength(1);
  });

  it('should try again when the kernel cannot be reached', () => {
    const load = jest.fn();
    const element = render(
      panel(
        { connection: { kind: 'disconnected', message: 'No answer.' } },
        { load }
      )
    );
    expect(get(element, '[role=status]').textContent).toMatch(
      /No answer\. .*restart it.*shown below/
    );
    click(button(element, 'Try again'));
    expect(load).toHaveBeenCalled();
  });

  it('should say that the first cell is running', () => {
    const running = {
      cell: {
        type: 'start' as const,
        run_id: 'r',
        cell_id: 'c',
        execution_count: 1,
        started_at: 0,
        source: 'work()'
      },
      samples: []
    };
    const element = render(panel({ session: makeSession([]), running }));
    expect(element.textContent).toContain('The first cell is running');
  });

  it('should keep the rest when a record cannot be drawn', () => {
    const broken = makeRecord({
      run_id: 'broken',
      // As no schema allows it.
      warnings: [null] as never
    });
    const session = makeSession([makeFixed(), broken]);
    const log = jest.spyOn(console, 'error').mockImplementation();
    const element = render(panel({ session, selected: 'broken' }));
    expect(get(element, '[role=alert]').textContent).toMatch(
      /^This profile cannot be shown/
    );
    expect(options(element)).toHaveLength(2);
    rerender(element, panel({ session, selected: 'run-fixed' }));
    expect(element.querySelector('[role=alert]')).toBeNull();
    expect(element.textContent).toContain('The fix was measured.');
    log.mockRestore();
  });
});

describe('the list in the panel', () => {
  afterEach(cleanUp);

  const search = (element: Element) =>
    get<HTMLInputElement>(element, 'input[type=search]');

  it('should search, announce how many it found, and clear on Escape', () => {
    const element = render(panel({}));
    type(search(element), 'checkpoint');
    expect(options(element)).toHaveLength(2);
    expect(get(element, '.jp-Torchprof-cells [aria-live]').textContent).toBe(
      '2 cells found'
    );
    expect(get(element, '.jp-Torchprof-cells header').textContent).toContain(
      '2 of 10'
    );
    focus(search(element));
    press('Escape');
    expect(search(element).value).toBe('');
    expect(options(element)).toHaveLength(10);
  });

  it('should lead from the box to what was found', () => {
    const element = render(panel({}));
    type(search(element), 'checkpoint');
    focus(search(element));
    press('ArrowDown');
    expect(document.activeElement).toBe(options(element)[0]);
  });

  it('should mark the cell that is running again', () => {
    const running = {
      cell: {
        type: 'start' as const,
        run_id: 'r',
        cell_id: 'cell-4',
        execution_count: 13,
        started_at: 0,
        source: 'work()'
      },
      samples: []
    };
    const element = render(panel({ running }));
    const marked = options(element).filter(({ textContent }) =>
      textContent?.includes('running…')
    );
    expect(
      marked.map(row => get(row, '.jp-Torchprof-runCount').textContent)
    ).toEqual(['[4]']);
  });

  it('should say that nothing matches, and lead back', () => {
    const element = render(panel({}));
    type(search(element), 'nonsense');
    expect(options(element)).toEqual([]);
    expect(get(element, '.jp-Torchprof-noMatch').textContent).toContain(
      '“nonsense”'
    );
    click(button(element, 'Clear search'));
    expect(options(element)).toHaveLength(10);
  });

  it('should have the longest cell first when asked to', () => {
    const element = render(panel({}));
    choose(get<HTMLSelectElement>(element, 'select'), 'time');
    expect(
      options(element)
        .slice(0, 3)
        .map(option => get(option, '.jp-Torchprof-runTime').textContent)
    ).toEqual(['1 min 14 s', '41 s', '3.2 s']);
  });
});

describe('the detail in the panel', () => {
  afterEach(cleanUp);

  const titles = (element: Element) =>
    [...element.querySelectorAll('.jp-Torchprof-partTitle > :first-child')].map(
      ({ textContent }) => textContent
    );

  it('should begin with the gist', () => {
    const element = render(
      panel({
        session: makeSession([makeInference()]),
        selected: 'run-inference'
      })
    );
    expect(get(element, '.jp-Torchprof-gist').textContent).toBe(
      'Time2.41 sKept, cuda:0+341 MiBPeak, cuda:0≥ 436 MiB'
    );
  });

  it('should say that a recording in depth takes memory of the process', () => {
    const host = makeMemory({ device: 'host' });
    const told = (deep: CellRecord['deep']) => {
      const record = { ...makeInference(), memory: [host], deep };
      const element = render(
        panel({ session: makeSession([record]), selected: record.run_id })
      );
      return [...element.querySelectorAll('.jp-Torchprof-gist > div')].map(
        each => /recorded in depth/.test(each.getAttribute('title') ?? '')
      );
    };
    expect(told(null)).toEqual([false, false, false]);
    expect(told(deepCases[0].deep as unknown as DeepProfile)).toEqual([
      false,
      true,
      true
    ]);
  });

  it('should have what went wrong first, and what few ask for last', () => {
    const session = makeSession([makeOutOfMemory()]);
    const element = render(panel({ session, selected: 'run-oom' }));
    const detail = get(element, '.jp-Torchprof-detail');
    expect(detail.firstElementChild?.className).toBe('jp-Torchprof-failure');
    expect(titles(detail)).toEqual([
      'When memory ran out',
      'Where the time went',
      'Memory',
      'Data loading',
      'Autograd',
      'Placement',
      'Kept alive beyond variables',
      'Change over time',
      'Moves',
      'Copies',
      'Optimizers',
      'Warnings of PyTorch'
    ]);
  });

  it('should remember what was folded, whichever run is shown', () => {
    const session: Session = makeNotebook();
    const element = render(panel({ session, selected: 'run-inference' }));
    const part = () =>
      get<HTMLDetailsElement>(element, '.jp-Torchprof-placement details');
    toggle(part());
    expect(part().open).toBe(false);
    rerender(element, panel({ session, selected: 'run-1' }));
    rerender(element, panel({ session, selected: 'run-6' }));
    expect(part().open).toBe(false);
    rerender(element, panel({ session, selected: null }));
    rerender(element, panel({ session, selected: 'run-inference' }));
    expect(part().open).toBe(false);
  });
});

/** As a click on the summary does in a browser, which jsdom does not. */
function toggle(details: HTMLDetailsElement): void {
  React.act(() => {
    details.open = !details.open;
    details.dispatchEvent(new Event('toggle'));
  });
}
