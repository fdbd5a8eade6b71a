import * as React from 'react';
import { act } from 'react';

import { PLAIN } from '../../../../src/report/plain';
import { PanelView } from '../../../../src/views/session/panel';
import type {
  Connection,
  IPanelState,
  IViewActions
} from '../../../../src/views/state';
import {
  makeAdvice,
  makeFixed,
  makeInference,
  makeNotebook,
  makeRecord,
  makeSamples,
  makeSession
} from '../../fixtures/records';
import {
  button,
  choose,
  cleanUp,
  click,
  focus,
  get,
  press,
  render,
  rerender
} from '../render';
import { makeStart } from '../../builders';

const CONNECTED: Connection = { kind: 'connected', enabled: true };

function makeState(changes: Partial<IPanelState> = {}): IPanelState {
  return {
    connection: CONNECTED,
    session: makeNotebook(),
    running: null,
    selected: null,
    stale: new Set(),
    ...changes
  };
}

function panel(
  state: Partial<IPanelState>,
  actions: IViewActions = {}
): JSX.Element {
  return <PanelView state={makeState(state)} actions={actions} trans={PLAIN} />;
}

/** The execution counts of the listed cells, top to bottom. */
function listed(element: Element): string[] {
  return [
    ...element.querySelectorAll('[role=option] .jp-Torchprof-runCount')
  ].map(count => count.textContent ?? '');
}

describe('PanelView', () => {
  afterEach(cleanUp);

  describe('connection', () => {
    it.each<[string, Connection, RegExp]>([
      [
        'no notebook',
        { kind: 'none', reason: 'no-notebook' },
        /Open a notebook/
      ],
      [
        'no kernel',
        { kind: 'none', reason: 'no-kernel' },
        /Start a Python kernel/
      ],
      [
        'another language',
        { kind: 'none', reason: 'not-python' },
        /Python kernels/
      ],
      ['connecting', { kind: 'connecting' }, /Connecting/],
      ['idle', { kind: 'idle' }, /is not profiled/]
    ])(
      'should say what is going on and what to do: %s',
      (_, connection, words) => {
        const element = render(panel({ connection, session: null }));
        expect(get(element, '[role=status]').textContent).toMatch(words);
      }
    );

    it('should give the line that installs a missing package, and try again', () => {
      const load = jest.fn();
      const connection: Connection = {
        kind: 'missing',
        message: 'Not in this environment.',
        install: 'python -m pip install jupyterlab-torchprof'
      };
      const element = render(panel({ connection, session: null }, { load }));
      expect(get(element, 'pre').textContent).toBe(connection.install);
      click(button(element, 'Try again'));
      expect(load).toHaveBeenCalledTimes(1);
    });

    it('should keep showing what was measured when the kernel is gone', () => {
      const connection: Connection = {
        kind: 'disconnected',
        message: 'The kernel died.'
      };
      const element = render(panel({ connection }));
      expect(get(element, '[role=status]').textContent).toContain(
        'The kernel died.'
      );
      expect(listed(element).length).toBeGreaterThan(5);
    });

    it('should not speak while all is well', () => {
      const element = render(panel({}));
      expect(element.querySelector('[role=status]')).toBeNull();
    });

    it('should say that a session is empty', () => {
      const element = render(panel({ session: makeSession([]) }));
      expect(get(element, '[role=status]').textContent).toContain('Run a cell');
    });
  });

  describe('devices', () => {
    it('should show used, reserved and total, the host first', () => {
      const element = render(
        panel({ session: makeSession([makeInference()]) })
      );
      const devices = [...element.querySelectorAll('.jp-Torchprof-device')];
      expect(devices.map(device => device.textContent)).toEqual([
        'Host2.05 GiB of 128 GiB',
        'cuda:0NVIDIA H200431 MiB of 139 GiBcached 81 MiBothers 3 GiBfree 136 GiB'
      ]);
      expect(
        get(devices[1], '[role=meter]').getAttribute('aria-valuetext')
      ).toBe(
        '431 MiB used (<1%) of 139 GiB, cached 81 MiB, others 3 GiB, free 136 GiB'
      );
    });

    it('should follow the samples of a running cell', () => {
      const session = makeSession([makeInference()]);
      const samples = makeSamples(1, 300 << 20).map(sample => ({
        ...sample,
        line: 4
      }));
      const running = {
        cell: {
          type: 'start' as const,
          run_id: 'r',
          cell_id: 'c',
          execution_count: 13,
          started_at: 0,
          source: 'a\nb\nc\nwork()'
        },
        samples
      };
      const element = render(panel({ session, running }));
      expect(element.textContent).toContain('390 MiB of 139 GiB');
      expect(get(element, '.jp-Torchprof-caption').textContent).toBe(
        '1 s · line 4 work()'
      );
    });

    it('should go on counting where no sample comes, as the badge does', () => {
      jest.useFakeTimers();
      try {
        const session = makeSession([makeInference()]);
        const running = {
          cell: makeStart({ cell_id: 'c' }),
          samples: makeSamples(1, 300 << 20),
          seen: performance.now()
        };
        const element = render(panel({ session, running }));
        const shown = () => get(element, '.jp-Torchprof-elapsed').textContent;
        expect(shown()).toBe('1 s');
        act(() => void jest.advanceTimersByTime(3000));
        expect(shown()).toBe('4 s');
      } finally {
        jest.useRealTimers();
      }
    });
  });

  describe('cells', () => {
    it('should list each cell once, the newest first', () => {
      const element = render(panel({}));
      expect(listed(element).slice(0, 3)).toEqual(['[12]', '[11]', '[10]']);
      expect(listed(element)).not.toContain('[9]');
    });

    it('should list them as they stand in the notebook', () => {
      const element = render(
        panel({ cellOrder: ['cell-4', 'cell-inference', 'cell-1'] })
      );
      choose(get<HTMLSelectElement>(element, 'select'), 'notebook');
      expect(listed(element).slice(0, 3)).toEqual(['[4]', '[12]', '[1]']);
    });

    it('should say nothing of the memory of a cell that did not touch it', () => {
      const element = render(panel({ session: makeSession([makeRecord()]) }));
      expect(get(element, '[role=option]').textContent).toBe('[1]x = 112 ms');
    });

    it('should show change, peak and advice of a cell that did', () => {
      const element = render(
        panel({ session: makeSession([makeInference()]) })
      );
      expect(get(element, '[role=option]').textContent).toBe(
        '[9]All test images in one go.2.41 scuda:0 +341 MiB · peak 436 MiB11 suggestion'
      );
    });

    it('should select and jump on a click', () => {
      const actions = { select: jest.fn(), jumpTo: jest.fn() };
      const element = render(panel({}, actions));
      click(get(element, '[role=option]:nth-child(2)'));
      expect(actions.select).toHaveBeenCalledWith('run-11');
      expect(actions.jumpTo.mock.calls[0][0].run_id).toBe('run-11');
    });

    it('should be one stop of the Tab key, and move with the arrows', () => {
      const select = jest.fn();
      const element = render(panel({}, { select }));
      const options = [
        ...element.querySelectorAll<HTMLElement>('[role=option]')
      ];
      const stops = () => options.filter(option => option.tabIndex === 0);
      expect(stops()).toEqual([options[0]]);
      focus(options[0]);
      press('ArrowDown');
      press('ArrowDown');
      press('ArrowUp');
      expect(document.activeElement).toBe(options[1]);
      press('End');
      expect(document.activeElement).toBe(options[options.length - 1]);
      press('ArrowDown');
      press('Home');
      expect(document.activeElement).toBe(options[0]);
      press('ArrowDown');
      expect(stops()).toEqual([options[1]]);
      press('Enter');
      expect(select).toHaveBeenCalledWith('run-11');
    });

    it('should mark the selected and the stale', () => {
      const element = render(
        panel({ selected: 'run-4', stale: new Set(['run-5']) })
      );
      expect(get(element, '[aria-selected=true]').textContent).toContain('[4]');
      expect(get(element, '[data-stale]').textContent).toContain(
        'edited since'
      );
    });
  });

  describe('detail', () => {
    it('should offer preview and apply of a fix', () => {
      const actions = { preview: jest.fn(), apply: jest.fn() };
      const element = render(panel({ selected: 'run-inference' }, actions));
      click(button(element, 'Preview'));
      click(button(element, 'Apply'));
      const [record, advice] = actions.apply.mock.calls[0];
      expect(record.run_id).toBe('run-inference');
      expect(advice.rule).toBe('no-grad-inference');
      expect(actions.preview).toHaveBeenCalledTimes(1);
    });

    it('should not offer a fix for a source that was edited since', () => {
      const actions = { preview: jest.fn(), apply: jest.fn() };
      const element = render(
        panel(
          { selected: 'run-inference', stale: new Set(['run-inference']) },
          actions
        )
      );
      expect(button(element, 'Apply').getAttribute('aria-disabled')).toBe(
        'true'
      );
      expect(button(element, 'Preview').getAttribute('aria-disabled')).toBe(
        'true'
      );
      expect(element.textContent).toContain('edited since');
    });

    it('should say why there is no fix', () => {
      const refused = makeAdvice({ fix: null, refusal: 'The cell awaits.' });
      const session = makeSession([makeInference({ advice: [refused] })]);
      const element = render(
        panel({ session, selected: 'run-inference' }, { apply: jest.fn() })
      );
      expect(element.textContent).toContain(
        'No automatic fix: The cell awaits.'
      );
      expect(() => button(element, 'Apply')).toThrow();
    });

    it('should show the prediction beside the evidence', () => {
      const element = render(panel({ selected: 'run-inference' }));
      expect(get(element, '.jp-Torchprof-prediction').textContent).toBe(
        'Memory kept by graphs (cuda:0) 340 MiB → 0 B −340 MiB'
      );
      expect(
        element.querySelectorAll('.jp-Torchprof-evidence li')
      ).toHaveLength(3);
    });

    it('should show predicted and measured of a fix', () => {
      const element = render(panel({ selected: 'run-fixed' }));
      expect(get(element, '.jp-Torchprof-verdict').textContent).toBe(
        'The fix was measured. Memory kept by graphs on cuda:0: predicted −340 MiB, ' +
          'measured −338 MiB; 1.2× faster'
      );
    });

    it('should say which peaks were sampled', () => {
      const element = render(panel({ selected: 'run-inference' }));
      expect(get(element, '.jp-Torchprof-detail').textContent).toMatch(
        /cuda:090 MiB431 MiB\+341 MiB≥ 436 MiB.*peak of cuda:0 was sampled.*others are exact/
      );
    });

    it('should have loads and moves as tables, with their lines', () => {
      const element = render(panel({ selected: 'run-6' }));
      const rows = [
        ...element.querySelectorAll('.jp-Torchprof-pairs tbody tr')
      ].map(row => [...row.children].map(({ textContent }) => textContent));
      expect(rows).toEqual([
        ['/tmp/tmpkz2/shapes.ptmap_location cuda:0'],
        ['cuda:0 82 MiB', '82 MiB', '94 ms', '1'],
        ['model (VisionTransformer) '],
        ['cuda:0 float32 → cuda:0 float32', 'no-op', '0.2 ms', '2']
      ]);
      const titles = [...element.querySelectorAll('summary h4')].map(
        ({ textContent }) => textContent
      );
      expect(titles).toContain('Loads82 MiB in 94 ms');
      expect(titles).toContain('Moves0 B in 0.2 ms, 1 no-op');
    });

    it('should show the error of a cell, and where', () => {
      const element = render(panel({ selected: 'run-10' }));
      expect(get(element, '.jp-Torchprof-failure').textContent).toMatch(
        /^RuntimeError on line 1: Input type/
      );
    });

    it('should leave out what has nothing to say', () => {
      const element = render(panel({ selected: 'run-2' }));
      const titles = [...element.querySelectorAll('.jp-Torchprof-partTitle')];
      expect(titles.map(title => title.textContent)).toEqual(['Memory']);
    });

    it('should let one choose among the runs of a cell', () => {
      const select = jest.fn();
      const element = render(panel({ selected: 'run-fixed' }, { select }));
      const runs = [...element.querySelectorAll<HTMLElement>('[role=radio]')];
      expect(runs.map(run => run.getAttribute('aria-label'))).toEqual([
        'Run 1 of 2 · [9] · 2.41 s · peak of cuda:0 436 MiB',
        'Run 2 of 2 · [12] · 2.02 s · peak of cuda:0 436 MiB · source changed'
      ]);
      expect(get(element, '.jp-Torchprof-historyHead').textContent).toBe(
        'Run 2 of 21.2× faster'
      );
      click(runs[0]);
      expect(select).toHaveBeenCalledWith('run-inference');
    });
  });

  describe('health', () => {
    it('should be one line, of its cost while the profiler is well', () => {
      const element = render(panel({}));
      expect(get(element, '.jp-Torchprof-health').textContent).toMatch(
        /^ Measuring took .* of the cells’ time\.$/
      );
      const health = [{ part: 'placement', failures: 3, message: 'boom' }];
      rerender(
        element,
        panel({ session: makeSession([makeFixed()], { health }) })
      );
      expect(get(element, '.jp-Torchprof-health summary').textContent).toBe(
        ' The profiler failed 3 times itself; your cells were not affected.'
      );
    });
  });
});
