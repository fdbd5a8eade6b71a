import * as React from 'react';

import type { CellRecord, DeepProfile } from '../../../../src/record/_session';
import { PLAIN } from '../../../../src/report/plain';
import { RunHistory } from '../../../../src/views/runs/history';
import { runChange } from '../../../../src/views/runs/history-words';
import { makeMemory, makeRecord } from '../../fixtures/records';
import cases from '../../fixtures/deep/verdict.json';
import { makeRepeated } from '../../fixtures/sessions';
import { button, cleanUp, click, focus, get, press, render } from '../render';

const MIB = 2 ** 20;

describe('RunHistory', () => {
  afterEach(cleanUp);

  const { cells: runs = [] } = makeRepeated(45);

  function Chosen(props: { at: number }): JSX.Element {
    const [record, setRecord] = React.useState(runs[props.at]);
    return (
      <RunHistory
        runs={runs}
        record={record}
        onSelect={setRecord}
        trans={PLAIN}
      />
    );
  }

  const bars = (element: Element) => [
    ...element.querySelectorAll<HTMLElement>('[role=radio]')
  ];
  const open = (element: Element) =>
    get(element, '[aria-checked=true]').getAttribute('aria-label');

  it('should draw the latest runs, or those around the open one', () => {
    const element = render(<Chosen at={44} />);
    expect(bars(element)).toHaveLength(30);
    expect(open(element)).toMatch(/^Run 45 of 45 · \[45\]/);
    cleanUp();
    const early = bars(render(<Chosen at={2} />));
    expect(early).toHaveLength(30);
    expect(early[0].getAttribute('aria-label')).toMatch(/^Run 1 of 45/);
  });

  it('should go from run to run by arrows, and keep the focus', () => {
    const element = render(<Chosen at={44} />);
    focus(get(element, '[aria-checked=true]'));
    press('ArrowLeft');
    expect(open(element)).toMatch(/^Run 44/);
    expect(document.activeElement?.getAttribute('aria-checked')).toBe('true');
    press('Home');
    expect(open(element)).toMatch(/^Run 1 /);
    press('ArrowLeft');
    expect(open(element)).toMatch(/^Run 1 /);
    press('End');
    expect(open(element)).toMatch(/^Run 45/);
  });

  it('should go to the run before and after, and no further', () => {
    const element = render(<Chosen at={44} />);
    expect(button(element, 'The run after').disabled).toBe(true);
    click(button(element, 'The run before'));
    expect(open(element)).toMatch(/^Run 44/);
    click(bars(element)[0]);
    expect(open(element)).toMatch(/^Run 16/);
  });

  it('should draw and name peaks of one device, that of the open run', () => {
    const on = (host: number, cuda: number) =>
      makeRecord({
        run_id: `${cuda}`,
        memory: [
          makeMemory({ peak_bytes: host * MIB }),
          makeMemory({ device: 'cuda:0', peak_bytes: cuda * MIB })
        ]
      });
    const runs = [on(900, 0), on(900, 40), on(900, 80)];
    const element = render(
      <RunHistory
        runs={runs}
        record={runs[2]}
        onSelect={() => undefined}
        trans={PLAIN}
      />
    );
    const words = bars(element).map(bar => bar.title);
    expect(words[0]).not.toContain('MiB');
    expect(words[2]).toContain('peak of cuda:0 80 MiB');
    expect(
      bars(element).map(
        bar => get<HTMLElement>(bar, '[data-kind=peak]').style.height
      )
    ).toEqual(['0%', '50%', '100%']);
  });

  it('should mark where the source changed, and what failed', () => {
    const [first, ...others] = bars(render(<Chosen at={0} />));
    expect(first.dataset.changed).toBeUndefined();
    expect(others[7].dataset.changed).toBe('true');
    expect(others[7].getAttribute('aria-label')).toMatch(/source changed$/);
    expect(others[4].dataset.failed).toBe('true');
  });
});

describe('runChange', () => {
  const run = (
    duration_s: number,
    peak: number,
    changes: Partial<CellRecord> = {}
  ) =>
    makeRecord({
      duration_s,
      memory: [makeMemory({ peak_bytes: peak * MIB })],
      ...changes
    });

  it.each([
    [run(2, 100), run(1, 40), '2.0× faster, peak −60 MiB'],
    [run(1, 100), run(1.01, 100), 'same time (1.01 s)'],
    [run(0.01, 100), run(0.03, 102), 'peak +2 MiB'],
    [run(0.01, 100), run(0.03, 100), ''],
    [run(9, 100, { status: 'error' }), run(1, 40), '']
  ])('should say what is different', (before, after, words) => {
    expect(runChange([before, after], 1, PLAIN)).toBe(words);
  });

  it('should hold runs against those that were recorded alike', () => {
    const deep = cases[0].deep as unknown as DeepProfile;
    const runs = [
      run(1, 100),
      run(9, 900, { deep }),
      run(2, 100),
      run(3, 900, { deep })
    ];
    expect(runs.map((_, index) => runChange(runs, index, PLAIN))).toEqual([
      '',
      'recorded in depth',
      '2.0× slower',
      '3.0× faster'
    ]);
  });

  it('should name the device where there is an accelerator', () => {
    const on = (peak: number) =>
      run(0.01, 0, {
        memory: [
          makeMemory({ device: 'host', peak_bytes: 900 * MIB }),
          makeMemory({ device: 'cuda:1', peak_bytes: peak * MIB })
        ]
      });
    expect(runChange([on(100), on(88)], 1, PLAIN)).toBe(
      'peak −12 MiB on cuda:1'
    );
  });

  it('should have nothing to say of the first run', () => {
    expect(runChange([run(1, 1)], 0, PLAIN)).toBe('');
  });
});
