import * as React from 'react';

import { compareInOrder } from '../../../../src/record/compare';
import { PLAIN } from '../../../../src/report/plain';
import { FoldMemory } from '../../../../src/views/parts/folding';
import { CompareRuns } from '../../../../src/views/comparison/compare-runs';
import { RunComparison } from '../../../../src/views/comparison/run-comparison';
import { SessionComparison } from '../../../../src/views/comparison/session-comparison';
import type { CellRecord, Session } from '../../../../src/record/_session';
import type { IViewActions } from '../../../../src/views/state';
import { decodeSession } from '../../../../src/record/decode';
import deepSessions from '../../fixtures/compare/deep.json';
import phases from '../../fixtures/compare/phases.json';
import places from '../../fixtures/compare/places.json';
import { makeHostile } from '../../fixtures/hostile';
import {
  makeAdvice,
  makeFixed,
  makeInference,
  makeMemory,
  makeRecord,
  makeSession
} from '../../fixtures/records';
import { hidden } from '../hidden';
import {
  button,
  choose,
  cleanUp,
  click,
  get,
  render,
  rerender
} from '../render';

const MIB = 2 ** 20;
const NAMES = { before: 'Before', after: 'After' };

afterEach(cleanUp);

/** The text of each cell of the row that begins with this. */
function row(element: Element, head: string): string[] {
  const found = [...element.querySelectorAll('tr')].find(
    other => other.querySelector('th')?.textContent === head
  );
  return [...(found?.querySelectorAll('td') ?? [])].map(
    cell => cell.textContent ?? ''
  );
}

describe('views/comparison/run-comparison', () => {
  function draw(before: CellRecord, after: CellRecord): HTMLElement {
    return render(
      <RunComparison
        comparison={compareInOrder(makeSession([before, after]), before, after)}
        names={NAMES}
        devices={['host', 'cuda:0']}
        trans={PLAIN}
      />
    );
  }
  const changed = (element: Element) =>
    get(element, '[aria-label="What changed"]').textContent;

  it('should begin with what changed, and name what the kernel verified', () => {
    const element = draw(makeInference(), makeFixed());
    expect(changed(element)).toContain('1.2× faster');
    expect(changed(element)).toContain('graphs keep 340 MiB less');
    expect(element.textContent).toContain('Solved:');
    expect(element.textContent).toMatch(/predicted −340 MiB, measured −\d+/);
  });

  it('should put both values and their difference in a row, with a word', () => {
    const element = draw(makeInference(), makeFixed());
    expect(row(element, 'Kept by graphs')).toEqual([
      '340 MiB',
      '0 B',
      '−340 MiBbetter'
    ]);
    expect(row(element, 'Time')[2]).toBe('−390 ms−16%better');
  });

  it('should say what one run each is worth, and what is sampled', () => {
    const sampled = makeRecord({
      memory: [makeMemory({ peak_is: 'sampled' })]
    });
    const { textContent } = draw(makeRecord({ run_id: 'a' }), sampled);
    expect(textContent).toContain('One run each');
    expect(textContent).toContain('≥ is from samples');
  });

  it('should use medians where a source ran several times, and say so', () => {
    const took = (run_id: string, source_hash: string, duration_s: number) =>
      makeRecord({ run_id, source_hash, duration_s });
    const runs = [
      took('1', 'x', 1),
      took('2', 'x', 2),
      took('3', 'x', 3),
      took('4', 'y', 0.5)
    ];
    const element = render(
      <RunComparison
        comparison={compareInOrder(makeSession(runs), runs[0], runs[3])}
        names={NAMES}
        devices={['host']}
        trans={PLAIN}
      />
    );
    expect(row(element, 'Time').slice(0, 2)).toEqual(['2 s', '500 ms']);
    expect(element.textContent).toContain(
      'median of 3 runs of this source, 1 s to 3 s'
    );
  });

  it('should claim only what the level at the end tells as well', () => {
    const memory = (start: number, end: number) => [
      makeMemory({
        allocated_before_bytes: start * MIB,
        allocated_after_bytes: end * MIB,
        peak_bytes: 200 * MIB
      })
    ];
    const element = draw(
      makeRecord({ run_id: 'a', memory: memory(10, 90) }),
      makeRecord({ run_id: 'b', memory: memory(90, 40) })
    );
    expect(row(element, 'Kept')[2]).toBe('−130 MiBbetter');
    expect(changed(element)).toBe('keeps 50 MiB less');
    expect(element.textContent).toContain('began with different memory');
  });

  it('should call noise noise', () => {
    const element = draw(
      makeRecord({ run_id: 'a', duration_s: 1 }),
      makeRecord({ run_id: 'b', duration_s: 1.02 })
    );
    expect(changed(element)).toContain('No difference');
    expect(row(element, 'Time')[2]).toBe('+20 ms+2%noise');
    expect(row(element, 'Peak')[2]).toBe('same');
  });

  it('should say that a failed run cannot be compared', () => {
    const element = draw(
      makeRecord({ run_id: 'a', duration_s: 1 }),
      makeRecord({
        run_id: 'b',
        duration_s: 0.1,
        status: 'error',
        error: { name: 'ValueError', message: '' }
      })
    );
    expect(element.textContent).toContain('After failed (ValueError)');
    expect(changed(element)).toContain('No difference');
  });

  it('should show the source as a diff', () => {
    const element = draw(
      makeRecord({ run_id: 'a', source: 'x = 1\ny', source_hash: 'x' }),
      makeRecord({ run_id: 'b', source: 'x = 2\ny', source_hash: 'y' })
    );
    expect(get(element, '[data-kind=removed]').textContent).toContain('x = 1');
    expect(get(element, '[data-kind=added]').textContent).toContain('x = 2');
    cleanUp();
    expect(
      draw(makeRecord({ run_id: 'a' }), makeRecord({ run_id: 'b' })).textContent
    ).toContain('Not changed.');
  });

  it('should say where sources were left out', () => {
    const element = draw(
      makeRecord({ run_id: 'a', source: '', source_hash: 'x' }),
      makeRecord({ run_id: 'b', source: '', source_hash: 'y' })
    );
    expect(element.textContent).toContain('not part of this document');
  });
});

describe('views/comparison/compare-runs', () => {
  const old = makeRecord({ run_id: 'old', source_hash: 'x', duration_s: 2 });
  const again = makeRecord({ run_id: 'again', source_hash: 'x' });
  const fixed = makeRecord({ run_id: 'fixed', source_hash: 'y' });
  const warm = makeRecord({ run_id: 'warm', source_hash: 'y' });

  function draw(runs: CellRecord[], actions: IViewActions = {}): HTMLElement {
    const element = render(
      <CompareRuns
        session={makeSession(runs)}
        record={runs[runs.length - 1]}
        actions={actions}
        trans={PLAIN}
      />
    );
    click(button(element, 'Compare with…'));
    return element;
  }
  const picker = (element: Element) =>
    get<HTMLSelectElement>(element, '[aria-label="Run to compare with"]');

  it('should take the last run before the source changed', () => {
    const element = draw([old, again, fixed, warm]);
    expect(picker(element).value).toBe('again');
    expect(button(element, 'Compare with…').ariaExpanded ?? 'true').toBe(
      'true'
    );
  });

  it('should stay open for its cell, and closed in every other', () => {
    const other = makeRecord({ run_id: 'other', cell_id: 'other' });
    const runs = [old, again, fixed, warm, other];
    const view = (record: CellRecord) => (
      <FoldMemory>
        <CompareRuns
          key={record.run_id}
          session={makeSession(runs)}
          record={record}
          actions={{}}
          trans={PLAIN}
        />
      </FoldMemory>
    );
    const element = render(view(fixed));
    const isOpen = () =>
      button(element, 'Compare with…').getAttribute('aria-expanded');
    click(button(element, 'Compare with…'));
    expect(isOpen()).toBe('true');
    rerender(element, view(other));
    expect(isOpen()).toBe('false');
    rerender(element, view(warm));
    expect(isOpen()).toBe('true');
  });

  it('should compare with the run that is picked, and open it side by side', () => {
    const compare = jest.fn();
    const element = draw([old, again, fixed, warm], { compare });
    choose(picker(element), 'fixed');
    click(button(element, 'Side by side'));
    expect(compare).toHaveBeenCalledWith(warm, fixed);
  });

  it('should leave out what is little, relative to the device', () => {
    const run = (kept: number, total_bytes: number, duration_s: number) =>
      makeRecord({
        run_id: `${kept} ${total_bytes}`,
        source_hash: 'z',
        duration_s,
        grad: null,
        placement: null,
        loads: [],
        moves: [],
        memory: [
          makeMemory({
            allocated_before_bytes: 0,
            allocated_after_bytes: kept,
            peak_bytes: 100 * MIB,
            total_bytes
          })
        ]
      });
    const small = 8 * 1024 * MIB;
    const few = draw([run(4 * MIB, small, 1), run(6 * MIB, small, 1.04)]);
    expect(few.textContent).toContain('Kept');
    expect(few.textContent).not.toContain('Peak');
    expect(few.querySelector('[role=rowheader]')?.textContent).not.toBe('Time');
    const large = 64 * 1024 * MIB;
    const none = draw([run(4 * MIB, large, 1), run(6 * MIB, large, 1.04)]);
    expect(none.querySelector('table')).toBeNull();
    expect(none.textContent).toContain('beyond what is noise');
    const longer = draw([run(4 * MIB, large, 1), run(4.1 * MIB, large, 1.06)]);
    expect(longer.textContent).toContain('Time');
  });

  it('should say what to do where there is one run only', () => {
    const saveSession = jest.fn();
    const element = draw([old], { saveSession });
    expect(element.textContent).toContain('Run the cell again');
    click(button(element, 'Save this session'));
    expect(saveSession).toHaveBeenCalled();
  });

  it('should leave out what the surface cannot do', () => {
    const { textContent } = draw([old, again]);
    expect(textContent).not.toContain('Side by side');
    expect(textContent).not.toContain('saved session');
  });
});

describe('views/comparison/session-comparison', () => {
  const cell = (id: string, changes: Partial<CellRecord> = {}) =>
    makeRecord({
      cell_id: id,
      source: `cell_${id}()`,
      source_hash: id,
      duration_s: 1,
      ...changes,
      run_id: `${id} ${changes.run_id ?? ''}`
    });
  const before = makeSession([
    cell('a', { duration_s: 4 }),
    cell('b', { advice: [makeAdvice()] }),
    cell('c'),
    cell('gone')
  ]);
  const after = makeSession([
    cell('a', { duration_s: 2 }),
    cell('b', { source_hash: 'b2', duration_s: 0.1 }),
    cell('c', {
      duration_s: 1.05,
      memory: [makeMemory({ peak_bytes: 2000 * MIB })]
    }),
    cell('new'),
    cell('newer')
  ]);

  function draw(one: Session, other: Session): HTMLElement {
    return render(
      <SessionComparison
        before={one}
        after={other}
        names={NAMES}
        trans={PLAIN}
      />
    );
  }
  const cells = (element: Element) =>
    [...element.querySelectorAll('.jp-Torchprof-comparedCell code')].map(
      code => code.textContent
    );

  it('should add up, pair the cells and name those that are in one only', () => {
    const element = draw(before, after);
    expect(row(element, 'Time').slice(0, 2)).toEqual(['6 s', '3.15 s']);
    expect(row(element, 'Open advice')).toEqual(['1', '0', '−1better']);
    expect(cells(element)).toEqual(['cell_a()', 'cell_b()', 'cell_c()']);
    expect(element.textContent).toMatch(/Only in After.*cell_new\(\)/);
    expect(element.textContent).toMatch(/Only in Before.*cell_gone\(\)/);
    expect(element.textContent).toContain('1 solved');
  });

  it('should order the cells by their difference', () => {
    const element = draw(before, after);
    const order = get<HTMLSelectElement>(
      element,
      '[aria-label="Order of the cells"]'
    );
    choose(order, 'time');
    expect(cells(element)).toEqual(['cell_a()', 'cell_b()', 'cell_c()']);
    choose(order, 'memory');
    expect(cells(element)[0]).toBe('cell_c()');
  });

  it('should open a pair', () => {
    const element = draw(before, after);
    const open = get<HTMLButtonElement>(
      element,
      '.jp-Torchprof-comparedCell button'
    );
    expect(open.getAttribute('aria-expanded')).toBe('false');
    click(open);
    expect(open.getAttribute('aria-expanded')).toBe('true');
    expect(get(element, '.jp-Torchprof-comparedDetail').textContent).toContain(
      '2.0× faster'
    );
    click(open);
    expect(element.querySelector('.jp-Torchprof-comparedDetail')).toBeNull();
  });

  it('should warn of times of different machines', () => {
    expect(draw(before, after).textContent).not.toContain('different places');
    cleanUp();
    const { environment } = after;
    const other = { ...after, environment: { ...environment, torch: '2.1' } };
    expect(draw(before, other).textContent).toMatch(/PyTorch: .* → 2\.1/);
  });

  it('should list the rest of many cells when asked', () => {
    const many = makeSession(
      Array.from({ length: 150 }, (_, i) => cell(`n${i}`))
    );
    const element = draw(many, many);
    expect(cells(element)).toHaveLength(100);
    click(button(element, 'Show 50 more cells'));
    expect(cells(element)).toHaveLength(150);
  });

  it('should have something to say of empty sessions', () => {
    const nothing = makeSession([]);
    expect(draw(nothing, nothing).textContent).toContain('No difference');
  });

  it('should show a hostile session as text', () => {
    const hostile = makeHostile();
    const element = draw(hostile, makeHostile());
    for (const open of element.querySelectorAll<HTMLElement>(
      '.jp-Torchprof-comparedCell button'
    )) {
      click(open);
    }
    expect(element.querySelector('script, img, a')).toBeNull();
    expect(element.textContent).toContain('<img src=x onerror=');
    expect(element.innerHTML.length).toBeLessThan(200_000);
    expect(hidden(element)).toBeUndefined();
  });
});

describe('views/comparison/place-changes', () => {
  it('should show the places that changed most, the own code first', () => {
    const element = render(
      <SessionComparison
        before={decodeSession(JSON.stringify(places.before))}
        after={decodeSession(JSON.stringify(places.after))}
        names={NAMES}
        trans={PLAIN}
      />
    );
    const rows = [
      ...get(element, '.jp-Torchprof-placeChanges').querySelectorAll('tbody tr')
    ].map(line =>
      [...line.children].map(cell => (cell.textContent ?? '').trim())
    );
    expect(rows).toEqual([
      ['augment [1] line 5', '1.7 s', '3.7 s', '+2 s'],
      ['evaluate [1] line 17', '1 s', '500 ms', '\u2212500 ms'],
      ['check() [6] line 2', '0 ms', '500 ms', '+500 ms'],
      ['Data.read data.py line 9', '200 ms', '600 ms', '+400 ms'],
      ['torch · Linear.forward', '900 ms', '400 ms', '\u2212500 ms']
    ]);
  });

  it('should be left out where nothing changed beyond chance', () => {
    const same = decodeSession(JSON.stringify(places.after));
    const element = render(
      <SessionComparison
        before={same}
        after={same}
        names={NAMES}
        trans={PLAIN}
      />
    );
    expect(element.querySelector('.jp-Torchprof-placeChanges')).toBeNull();
  });
});

describe('views/comparison/phase-changes', () => {
  const [before, after] = [phases.before, phases.after].map(session =>
    decodeSession(JSON.stringify(session))
  );
  const rowsOf = (element: Element) =>
    [
      ...get(element, '.jp-Torchprof-phaseChanges').querySelectorAll('tbody tr')
    ].map(line => [...line.children].map(({ textContent }) => textContent));

  it('should show what the time of both sessions was spent for', () => {
    const element = render(
      <SessionComparison
        before={before}
        after={after}
        names={NAMES}
        trans={PLAIN}
      />
    );
    expect(rowsOf(element)).toEqual([
      ['data', '2 s', '300 ms', '\u22121.7 s'],
      ['backward', '2 s', '2.97 s', '+970 ms'],
      ['evaluation', '0 ms', '600 ms', '+600 ms']
    ]);
  });

  it('should be left out where nothing changed beyond chance', () => {
    const element = render(
      <SessionComparison
        before={after}
        after={after}
        names={NAMES}
        trans={PLAIN}
      />
    );
    expect(element.querySelector('.jp-Torchprof-phaseChanges')).toBeNull();
  });
});

describe('a step in depth', () => {
  const [before, after] = [deepSessions.before, deepSessions.after].map(
    session => decodeSession(JSON.stringify(session))
  );
  const trained = ({ cells }: Session) =>
    (cells ?? []).find(({ deep, cell_id }) => deep && cell_id === 'train')!;

  it('should be told of both sessions, cell by cell', () => {
    const page = render(
      <SessionComparison
        before={before}
        after={after}
        names={NAMES}
        trans={PLAIN}
      />
    );
    const table = get(page, '.jp-Torchprof-deepChanges');
    const rows = [...table.querySelectorAll('tbody')].map(body =>
      [...body.querySelectorAll('th, td')].map(cell => cell.textContent)
    );
    expect(rows).toContainEqual(['Step ', '36 ms', '30 ms', '\u22126.6 ms']);
    expect(rows).toContainEqual([
      'Net.forward line 4 h = torch.relu(h) + h.sigmoid()',
      '7 ms',
      '–',
      '\u22127 ms'
    ]);
    expect(rows).toContainEqual([
      'aten::_foreach_add_ (optimizer) 2.4 calls → 1.5 calls',
      '2 ms',
      '1 ms',
      '\u22121 ms'
    ]);
    expect(table.textContent).toContain('no difference beyond the spread');
    expect(table.textContent).toContain('one trains, the other does not');
    expect(table.textContent).toContain('[4]');
  });

  it('should be told of two runs, and found first', () => {
    const cells = [trained(before), { ...trained(after), run_id: 'later' }];
    const comparison = compareInOrder(makeSession(cells), cells[0], cells[1]);
    const page = render(
      <RunComparison
        comparison={comparison}
        names={NAMES}
        devices={[]}
        trans={PLAIN}
      />
    );
    expect(get(page, '.jp-Torchprof-compareFindings > li').textContent).toBe(
      'a step is 1.2× faster'
    );
    expect(get(page, '.jp-Torchprof-deepChanges').textContent).toContain(
      'New tensors at the peak, cpu 80 MiB42 MiB'
    );
  });

  it('should let nothing through that acts, and stay small', () => {
    const { cells } = makeHostile();
    const text = cells![0].run_id + 'A'.repeat(1 << 20);
    const hostile = (record: CellRecord, scale: number): CellRecord => ({
      ...record,
      source: text,
      deep: {
        ...record.deep!,
        lines: [{ place: 0, host_s: scale }, { place: -1 }, { place: 1e9 }],
        operators: [
          { name: text, phase: text, calls: 3, self_s: scale, total_s: 1 }
        ],
        modules: [{ name: text, forward_s: scale }],
        memory: [
          { device: text, peak_bytes: scale * 2 ** 30, peak_s: 0, end_bytes: 0 }
        ]
      },
      places: [{ parent: null, kind: 'file', path: text, function: text }]
    });
    const one = hostile(trained(before), 1);
    const other = { ...hostile(trained(after), 3), run_id: 'later' };
    const page = render(
      <RunComparison
        comparison={compareInOrder(makeSession([one, other]), one, other)}
        names={NAMES}
        devices={[]}
        trans={PLAIN}
      />
    );
    const table = get(page, '.jp-Torchprof-deepChanges');
    expect(table.querySelectorAll('tbody').length).toBeGreaterThan(4);
    expect(table.innerHTML.length).toBeLessThan(20_000);
    expect(table.querySelector('script, img')).toBeNull();
    expect(hidden(table)).toBeUndefined();
  });

  it('should be nothing where one was not recorded', () => {
    const cells = [trained(before), makeRecord({ run_id: 'later' })];
    const comparison = compareInOrder(makeSession(cells), cells[0], cells[1]);
    expect(comparison.deep).toBeNull();
  });
});
