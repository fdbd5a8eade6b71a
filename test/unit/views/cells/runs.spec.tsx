import * as React from 'react';

import type { CellRecord } from '../../../../src/record/_session';
import { PLAIN } from '../../../../src/report/plain';
import { profiledCells } from '../../../../src/views/cells/rows';
import { RunList } from '../../../../src/views/cells/runs';
import { makeMemory, makeRecord, makeSession } from '../../fixtures/records';
import { makeLongSession } from '../../fixtures/sessions';
import { cleanUp, click, focus, get, press, render, rerender } from '../render';

const NONE: ReadonlySet<string> = new Set();

describe('RunList', () => {
  afterEach(cleanUp);

  const long = profiledCells(makeLongSession(2000), 'notebook');

  function list(
    rows = long,
    selected = -1,
    onSelect: (record: { run_id: string }) => void = () => undefined
  ): JSX.Element {
    return (
      <RunList
        rows={rows}
        selected={selected}
        stale={NONE}
        onSelect={onSelect}
        trans={PLAIN}
      />
    );
  }

  function options(element: Element): HTMLElement[] {
    return [...element.querySelectorAll<HTMLElement>('[role=option]')];
  }

  /** The place of the row that has the focus, from 1. */
  function place(): string | null | undefined {
    return document.activeElement?.getAttribute('aria-posinset');
  }

  it('should have few of many rows in the page, each with its place', () => {
    const element = render(list());
    expect(long).toHaveLength(1000);
    expect(options(element).length).toBeLessThan(40);
    expect(options(element)[2].getAttribute('aria-posinset')).toBe('3');
    expect(options(element)[2].getAttribute('aria-setsize')).toBe('1000');
  });

  it('should say with each number of bytes in its tooltip what it is of', () => {
    const MIB = 2 ** 20;
    const run = (device: string) =>
      makeRecord({
        cell_id: device,
        memory: [
          makeMemory({
            device,
            allocated_before_bytes: 0,
            allocated_after_bytes: 200 * MIB,
            peak_bytes: 300 * MIB
          })
        ]
      });
    const tips = (record: CellRecord) => {
      const session = makeSession([record], {
        environment: { ...makeSession([]).environment, devices: [] }
      });
      const element = render(list(profiledCells(session, 'notebook')));
      return get<HTMLElement>(element, '.jp-Torchprof-runFacts').title;
    };
    expect(tips(run('cuda:0'))).toBe('cuda:0 +200 MiB · cuda:0 peak 300 MiB');
    cleanUp();
    expect(tips(run('host'))).toBe('Host +200 MiB · Host peak 300 MiB');
  });

  it('should keep the focus on a row far away, and in the page', () => {
    const element = render(list());
    focus(options(element)[0]);
    press('End');
    expect(place()).toBe('1000');
    expect(options(element).length).toBeLessThan(40);
    rerender(element, list([...long]));
    expect(place()).toBe('1000');
    press('PageUp');
    expect(Number(place())).toBeLessThan(1000);
    press('Home');
    press('PageDown');
    expect(Number(place())).toBeGreaterThan(1);
  });

  it('should follow its row when others come before it', () => {
    const rows = long.slice(0, 5);
    const element = render(list(rows));
    focus(options(element)[1]);
    rerender(element, list([...long.slice(5, 8), ...rows]));
    expect(place()).toBe('5');
    expect(element.querySelectorAll('[tabindex="0"]')).toHaveLength(1);
  });

  it('should find a line of code by its first letters, and a run by its number', () => {
    const sources = ['alpha()', 'beta()', 'bravo()', 'alps()'];
    const rows = profiledCells(
      makeSession(
        sources.map((source, i) =>
          makeRecord({
            run_id: source,
            cell_id: source,
            source,
            execution_count: 40 + i
          })
        )
      ),
      'notebook'
    );
    const now = jest.spyOn(performance, 'now');
    const type = (keys: string, at: number) => {
      now.mockReturnValue(at);
      [...keys].forEach(press);
    };
    const element = render(list(rows));
    focus(options(element)[0]);
    type('b', 10_000);
    expect(place()).toBe('2');
    type('b', 10_100);
    expect(place()).toBe('3');
    type('alp', 20_000);
    expect(place()).toBe('4');
    type('alph', 30_000);
    expect(place()).toBe('1');
    type('42', 40_000);
    expect(place()).toBe('3');
    type('zz', 50_000);
    expect(place()).toBe('3');
    now.mockRestore();
  });

  it('should choose with Enter, Space and a click', () => {
    const chosen: string[] = [];
    const element = render(list(long, 0, ({ run_id }) => chosen.push(run_id)));
    focus(options(element)[0]);
    press('ArrowDown');
    press('Enter');
    press('ArrowDown');
    press(' ');
    click(options(element)[3]);
    expect(chosen).toEqual(long.slice(1, 4).map(({ record }) => record.run_id));
  });

  it('should show time as a share of the longest', () => {
    const session = makeSession(
      [4, 1, 0].map((duration_s, i) =>
        makeRecord({ run_id: `${i}`, cell_id: `${i}`, duration_s })
      )
    );
    const element = render(list(profiledCells(session, 'notebook')));
    const widths = options(element).map(
      option => get(option, '.jp-Torchprof-runBar > span').style.width
    );
    expect(widths).toEqual(['100.0%', '25.0%', '0.0%']);
  });

  it('should be empty without rows', () => {
    const element = render(list([]));
    expect(options(element)).toEqual([]);
    // Keys do nothing, and break nothing.
    get(element, '[role=listbox]').tabIndex = 0;
    focus(get(element, '[role=listbox]'));
    ['End', 'Enter', 'x'].forEach(press);
  });
});
