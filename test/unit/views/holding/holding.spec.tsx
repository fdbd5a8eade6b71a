import * as React from 'react';

import { holdingKey, lastNamed } from '../../../../src/record/holding';
import type {
  Action,
  MemoryShare,
  Session
} from '../../../../src/record/_session';
import { PLAIN } from '../../../../src/report/plain';
import { HoldingSection } from '../../../../src/views/holding/section';
import type { ActionState, IViewActions } from '../../../../src/views/state';
import WORDS from '../../fixtures/growth-words.json';
import { makeMemoryNow } from '../../fixtures/holding';
import { makeRecord, makeSession } from '../../fixtures/records';
import { button, cleanUp, click, get, render, rerender } from '../render';

const record = makeRecord({ source: 'cache = [f(x) for x in data]' });

function session(changes: Partial<Session> = {}): Session {
  return makeSession([record], { memory_now: makeMemoryNow(), ...changes });
}

function draw(
  shown: Session = session(),
  actions: IViewActions = {},
  states: ReadonlyMap<string, ActionState> = new Map()
): HTMLElement {
  return render(
    <HoldingSection
      session={shown}
      actions={actions}
      states={states}
      busy={false}
      trans={PLAIN}
    />
  );
}

const rows = (element: Element) =>
  [...element.querySelectorAll('.jp-Torchprof-holder')].map(row => [
    row.querySelector('.jp-Torchprof-holderName')?.textContent,
    row.querySelector('.jp-Torchprof-holderBytes')?.textContent
  ]);
const row = (element: Element, name: string) =>
  [...element.querySelectorAll('.jp-Torchprof-holder')].find(
    ({ textContent }) => textContent?.startsWith(name)
  )!;
const kinds = (element: Element) =>
  [...element.querySelectorAll('.jp-Torchprof-stack > span')].map(part =>
    part.getAttribute('data-kind')
  );

describe('what holds memory', () => {
  afterEach(cleanUp);

  it('should begin with the accelerator, its largest holders first', () => {
    const element = draw();
    expect(rows(element).slice(0, 3)).toEqual([
      ['cache', '480 MiB'],
      ['net', '100 MiB'],
      ['net', '100 MiB']
    ]);
    expect(get(element, '[aria-pressed=true]').textContent).toBe('cuda:0');
    expect(
      rows(element)
        .slice(-3)
        .map(([name]) => name)
    ).toEqual(['small variables', 'PyTorch’s cache', 'other processes']);
  });

  it('should begin anew with what nobody can do much about, as the cache', () => {
    const holders: MemoryShare[] = [
      { kind: 'cached', name: null, held_bytes: 9 << 20 },
      { kind: 'tensors', name: 'cache', held_bytes: 5 << 20 }
    ];
    const devices = [{ device: 'cuda:0', used_bytes: 5 << 20, holders }];
    const element = draw(session({ memory_now: { devices } }));
    const lists = [...element.querySelectorAll('.jp-Torchprof-holders')];
    expect(lists.map(list => rows(list).map(([name]) => name))).toEqual([
      ['cache'],
      ['PyTorch’s cache']
    ]);
    expect(lists[0].nextSibling?.textContent).toBe('Beside that');
  });

  it('should show few until all are asked for', () => {
    const element = draw(session(), { release: jest.fn() });
    expect(rows(element)).toHaveLength(4);
    click(button(element, 'Show 9 more, 210 MiB'));
    expect(rows(element)).toHaveLength(13);
  });

  it('should draw each kind once, and tell it to those who do not see it', () => {
    const element = draw();
    expect(kinds(element)).toEqual([...new Set(kinds(element))]);
    expect(kinds(element)).toContain('unknown');
    expect(
      get(element, '.jp-Torchprof-stack').getAttribute('aria-label')
    ).toContain('tensors 528 MiB');
  });

  it('should show another device, and never mix them', () => {
    const element = draw();
    click(button(element, 'Host'));
    expect(rows(element)).toEqual([
      ['data', '300 MiB'],
      ['best', '0 B'],
      ['not tensors', '500 MiB'],
      ['freed, kept by the process', '60 MiB']
    ]);
    expect(row(element, 'best').textContent).toContain(
      'No copy: all of it is the memory of net.'
    );
  });

  it('should lead to the cell that made it', () => {
    const jumpTo = jest.fn();
    const element = draw(session(), { jumpTo });
    click(button(row(element, 'cache'), 'made by [1]'));
    expect(jumpTo).toHaveBeenCalledWith(record);
  });

  it('should say what grows, and in which cell', () => {
    expect(row(draw(), 'cache').textContent).toContain(
      'Grew by 12 MiB or more in each of the last 3 runs of [1].'
    );
  });

  it.each(WORDS)(
    'should say the same as a terminal: $says',
    ({ share, says }) => {
      const device = {
        device: 'cuda:0',
        used_bytes: 1 << 20,
        holders: [share as MemoryShare]
      };
      const element = draw(session({ memory_now: { devices: [device] } }));
      const notes = [...element.querySelectorAll('.jp-Torchprof-holderNote')];
      expect(notes.map(({ textContent }) => textContent)).toEqual(
        says.map(text => text.replace(/`/g, ''))
      );
    }
  );

  it('should have the rows of now only, also of several with one name', () => {
    const old = (held_bytes: number): MemoryShare => ({
      kind: 'old_objects',
      name: 'model',
      held_bytes
    });
    const of = (...holders: MemoryShare[]) => (
      <HoldingSection
        session={session({
          memory_now: {
            devices: [{ device: 'cuda:0', used_bytes: 9e8, holders }]
          }
        })}
        actions={{}}
        busy={false}
        trans={PLAIN}
      />
    );
    const cache: MemoryShare = { ...old(5 << 20), name: 'cache' };
    const element = render(of(old(9 << 20), old(8 << 20), old(7 << 20), cache));
    rerender(element, of(cache, old(2 << 20)));
    expect(rows(element)).toEqual([
      ['cache', '5 MiB'],
      ['model', '2 MiB']
    ]);
  });

  it('should offer to empty a list, and to delete a key', () => {
    const release = jest.fn();
    const [offered, key]: Action[] = [
      {
        kind: 'empty_containers',
        title: 'Empty t.log',
        description: '`t.log` becomes an empty list.',
        targets: ['t.log']
      },
      {
        kind: 'delete_keys',
        title: 'Delete models["a"]',
        description: 'The key is deleted.',
        targets: ['models["a"]']
      }
    ];
    const holders: MemoryShare[] = [
      { kind: 'tensors', name: 't.log', held_bytes: 9e8, action: offered },
      { kind: 'parameters', name: 'a', held_bytes: 9e7, action: key }
    ];
    const devices = [{ device: 'cuda:0', used_bytes: 9e8, holders }];
    const element = draw(session({ memory_now: { devices } }), { release });
    expect(button(element, 'Empty t.log').textContent).toBe('Empty');
    expect(button(element, 'Delete models["a"]').textContent).toBe('Delete');
    click(button(element, 'Empty t.log'));
    expect(release).toHaveBeenCalledWith(offered);
  });

  it('should say that a small view keeps much', () => {
    expect(row(draw(), 'row').textContent).toContain(
      'A view of 4 KiB that alone keeps 40 MiB.'
    );
  });

  it('should say that a device is nearly full, and what grew', () => {
    const element = draw();
    expect(get(element, '.jp-Torchprof-nearlyFull').textContent).toBe(
      '95% of cuda:0 is in use. cache grows with each run.'
    );
    click(button(element, 'Host'));
    expect(element.querySelector('.jp-Torchprof-nearlyFull')).toBeNull();
  });

  it('should list what became of what each cell made', () => {
    const element = draw();
    click(button(element, 'By cell'));
    expect(row(element, '[1]').textContent).toBe(
      '[1]cache = [f(x) for x in data]made 617 MiB' +
        '480 MiB alive: cache · 132 MiB freed in [7] · 5 MiB freed by an action'
    );
  });

  it('should tell what is alive and found nowhere', () => {
    const made = {
      run_id: 'run-1',
      execution_count: 1,
      device: 'cuda:0',
      alive_bytes: 12 << 20,
      unreached_bytes: 8 << 20,
      names: ['f: kept']
    };
    const memory_now = { ...makeMemoryNow(), made: [made] };
    const element = draw(session({ memory_now }));
    click(button(element, 'By cell'));
    expect(row(element, '[1]').textContent).toContain(
      '4 MiB alive: f: kept · 8 MiB alive, found in no variable'
    );
  });

  it('should let go on a click, and say what came of it', () => {
    const release = jest.fn();
    const element = draw(session(), { release });
    click(button(element, 'Delete cache'));
    const action = release.mock.calls[0][0] as Action;
    expect(action).toMatchObject({ kind: 'delete_names', targets: ['cache'] });
    const states = new Map<string, ActionState>([
      ['["run-1","rule","kind",[]]', done('Not here.')],
      [holdingKey(action), done('Freed 480 MiB on cuda:0.')]
    ]);
    expect(
      get(draw(session(), { release }, states), '[role=status]').textContent
    ).toBe('Freed 480 MiB on cuda:0.');
  });

  it('should not ask again while the kernel works', () => {
    const release = jest.fn();
    const [, { holders = [] }] = makeMemoryNow().devices!;
    const states = new Map<string, ActionState>([
      [holdingKey(holders[0].action!), { kind: 'waiting' }]
    ]);
    click(button(draw(session(), { release }, states), 'Delete cache'));
    expect(release).not.toHaveBeenCalled();
  });

  it('should not be there while nothing is known', () => {
    expect(draw(session({ memory_now: null })).textContent).toBe('');
  });
});

describe('lastNamed()', () => {
  const run = (source: string, changes = {}) =>
    makeRecord({ source, ...changes });

  it('should find whole words of texts, the latest first', () => {
    const cells = [run('x = 1'), run('print(x)'), run('xx = "y"')];
    expect(lastNamed(makeSession(cells), 'x')).toBe(cells[1]);
    expect(lastNamed(makeSession(cells), 'x.grad')).toBe(cells[1]);
    expect(lastNamed(makeSession(cells), 'z')).toBeNull();
    expect(lastNamed(makeSession(cells), null)).toBeNull();
  });

  it('should not go back behind a restart', () => {
    const cells = [run('x = 1', { former: true })];
    expect(lastNamed(makeSession(cells), 'x')).toBeNull();
  });
});

function done(message: string): ActionState {
  return { kind: 'done', ok: true, message };
}
