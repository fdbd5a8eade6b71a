import * as React from 'react';

import type {
  Action,
  Advice,
  CellRecord
} from '../../../../src/record/_session';
import type { ISilenced } from '../../../../src/record/derive';
import { actionKey, adviceKey } from '../../../../src/record/derive';
import { PLAIN } from '../../../../src/report/plain';
import { RunDetail } from '../../../../src/views/runs/detail';
import type { ActionState, IViewActions } from '../../../../src/views/state';
import { linesWords } from '../../../../src/views/advice/where';
import {
  makeAdvice,
  makeFixed,
  makeInference,
  makeRecord,
  makeSession
} from '../../fixtures/records';
import { button, cleanUp, click, get, render, rerender } from '../render';

const GIB = 1 << 30;

const RELEASE: Action = {
  kind: 'release_outputs',
  title: 'Release Out[5]',
  description: '`_5` and `Out[5]` will not hold the value any more.',
  targets: ['5'],
  expected_bytes: { 'cuda:0': GIB }
};

/** Advice of different rules. */
function several(count: number): Advice[] {
  return Array.from({ length: count }, (_, index) =>
    makeAdvice({ rule: `rule-${index}`, title: `Finding ${index}` })
  );
}

describe('AdviceList', () => {
  afterEach(cleanUp);

  function detail(
    record: CellRecord,
    props: Partial<React.ComponentProps<typeof RunDetail>> = {},
    others: CellRecord[] = []
  ): JSX.Element {
    return (
      <RunDetail
        session={makeSession([...others, record])}
        record={record}
        actions={{}}
        trans={PLAIN}
        {...props}
      />
    );
  }

  const titles = (element: Element) =>
    [...element.querySelectorAll('.jp-Torchprof-adviceTitle')].map(
      title => title.textContent
    );

  it('should show three in the order of the kernel, and the rest on demand', () => {
    const advice = several(5);
    advice[0].severity = 'low';
    const element = render(detail(makeInference({ advice })));
    expect(titles(element)).toEqual(['Finding 0', 'Finding 1', 'Finding 2']);
    const more = button(element, '2 more');
    expect(more.getAttribute('aria-expanded')).toBe('false');
    click(more);
    expect(titles(element)).toHaveLength(5);
    expect(more.getAttribute('aria-expanded')).toBe('true');
    expect(
      element.ownerDocument.getElementById(more.getAttribute('aria-controls')!)!
        .hidden
    ).toBe(false);
    click(button(element, 'Less'));
    expect(titles(element)).toHaveLength(3);
  });

  it('should say severity and lines, and fold the evidence', () => {
    const element = render(detail(makeInference()));
    expect(get(element, '.jp-Torchprof-adviceMeta').textContent).toBe(
      'Highlines 3–4'
    );
    const evidence = get<HTMLDetailsElement>(element, 'article details');
    expect(evidence.open).toBe(false);
    expect(evidence.querySelectorAll('li')).toHaveLength(3);
  });

  it('should lead to the cell where the code stands', () => {
    const jumpTo = jest.fn();
    const definition = makeRecord({ cell_id: 'cell-3', execution_count: 3 });
    const record = makeInference({
      advice: [makeAdvice({ code_cell_id: 'cell-3', lines: [7] })]
    });
    const view = (actions: IViewActions) =>
      detail(record, { actions }, [definition]);
    const element = render(view({ jumpTo }));
    expect(get(element, '.jp-Torchprof-adviceMeta').textContent).toBe(
      'Highline 7 in cell [3]'
    );
    click(button(element, 'in cell [3]'));
    expect(jumpTo).toHaveBeenCalledWith(definition);
    rerender(element, view({ hrefOf: () => '#run-1' }));
    expect(get(element, 'a').getAttribute('href')).toBe('#run-1');
  });

  it('should lead to the module where the code stands, if it can be opened', () => {
    const open = jest.fn();
    const openerOf = jest.fn(() => open);
    const code_path = 'lib/train.py';
    const record = makeInference({
      advice: [makeAdvice({ code_path, lines: [7, 8], fix: null })]
    });
    const element = render(detail(record, { actions: { openerOf } }));
    expect(get(element, '.jp-Torchprof-adviceMeta').textContent).toBe(
      'Highlines 7–8 in lib/train.py'
    );
    click(button(element, 'in lib/train.py'));
    expect(openerOf).toHaveBeenCalledWith(record, code_path);
    expect(open.mock.calls).toEqual([[7]]);
    rerender(
      element,
      detail(record, { actions: { openerOf: () => null, hrefOf: () => '#' } })
    );
    const meta = get(element, '.jp-Torchprof-adviceMeta');
    expect(meta.textContent).toBe('Highlines 7–8 in lib/train.py');
    expect(meta.querySelector('button, a')).toBeNull();
  });

  it('should not offer a fix whose other cell was edited since', () => {
    const other = makeRecord({
      cell_id: 'cell-3',
      run_id: 'run-3',
      source_hash: '3'
    });
    const { fix } = makeAdvice();
    const edits = [{ ...fix!.edits[0], cell_id: 'cell-3', source_hash: '3' }];
    const record = makeInference({
      advice: [makeAdvice({ fix: { title: 'There', edits } })]
    });
    const actions = { apply: jest.fn(), preview: jest.fn() };
    const element = render(detail(record, { actions }, [other]));
    expect(button(element, 'Apply').getAttribute('aria-disabled')).toBe(
      'false'
    );
    rerender(
      element,
      detail(record, { actions, stale: new Set(['run-3']) }, [other])
    );
    expect(button(element, 'Apply').getAttribute('aria-disabled')).toBe('true');
  });

  describe('a fix that was applied', () => {
    const record = makeInference();
    const stale = new Set([record.run_id]);
    const applied = new Set([adviceKey(record, record.advice![0])]);
    const actions = {
      apply: jest.fn(),
      preview: jest.fn(),
      run: jest.fn()
    };

    it.each(['Apply', 'Preview'])(
      'should offer to run, say so, and take the focus from %s',
      name => {
        const element = render(detail(record, { actions }));
        const status = get(element, '.jp-Torchprof-applied');
        expect(status.getAttribute('role')).toBe('status');
        expect(status.textContent).toBe('');
        button(element, name).focus();
        rerender(element, detail(record, { actions, stale, applied }));
        expect(get(element, '.jp-Torchprof-applied')).toBe(status);
        expect(status.textContent).toBe('Applied: run to measure');
        expect(document.activeElement).toBe(button(element, 'Run'));
        click(button(element, 'Run'));
        expect(actions.run).toHaveBeenLastCalledWith(record, record.advice![0]);
        // Undone: the card is what it was.
        rerender(element, detail(record, { actions }));
        expect(status.textContent).toBe('');
        expect(document.activeElement).toBe(button(element, 'Apply'));
        expect(button(element, 'Preview').ariaDisabled).not.toBe('true');
      }
    );

    it('should not run twice, and keep the focus near when its run is there', () => {
      actions.run.mockClear();
      const props = { actions, stale, applied };
      const element = render(detail(record, props));
      button(element, 'Run').focus();
      rerender(element, detail(record, { ...props, busy: true }));
      expect(document.activeElement).toBe(button(element, 'Run'));
      click(button(element, 'Run'));
      expect(actions.run).not.toHaveBeenCalled();
      rerender(element, detail(makeFixed(), { actions }));
      expect(element.contains(document.activeElement)).toBe(true);
      const heard = [...element.querySelectorAll('[role=status]')];
      expect(heard.map(({ textContent }) => textContent).join()).toContain(
        'The fix was measured.'
      );
    });

    it('should say edited where the text is another one', () => {
      const element = render(detail(record, { actions, stale }));
      expect(element.textContent).toContain('was edited since it ran');
      expect(element.textContent).not.toContain('run to measure');
      const gone = new Map([[record.run_id, 'deleted' as const]]);
      rerender(element, detail(record, { actions, stale, gone }));
      expect(element.textContent).toContain('was deleted since it ran');
    });
  });

  it('should show the diff of each cell where nothing can be clicked', () => {
    const source = makeInference().source;
    // Another cell of the same source, so of the same hash.
    const twin = makeInference({ cell_id: 'twin', execution_count: 3 });
    const { fix } = makeAdvice();
    const edits = [
      fix!.edits[0],
      { ...fix!.edits[0], cell_id: 'twin', new_text: 'pass' }
    ];
    const record = makeInference({
      advice: [makeAdvice({ fix: { title: 'Both', edits } })]
    });
    const element = render(detail(record, {}, [twin]));
    expect(source).toContain('for images');
    const diffs = [...element.querySelectorAll('.jp-Torchprof-diff')];
    expect(diffs).toHaveLength(2);
    expect(diffs[0].textContent).toContain('with torch.no_grad():');
    expect(diffs[1].textContent).toContain('pass');
    expect(get(element, 'figure').textContent).toMatch(
      /Cell \[9\].*Cell \[3\]/s
    );
  });

  describe('dismissing', () => {
    const silenced = (...rules: string[]): ISilenced => ({
      dismissed: new Map([['cell-inference', new Set(rules)]]),
      rulesOff: new Set()
    });

    it('should take the advice away, keep the focus near, and bring it back', () => {
      const actions = { dismiss: jest.fn() };
      const record = makeInference({ advice: several(2) });
      const element = render(detail(record, { actions }));
      click(button(element, 'Dismiss'));
      expect(actions.dismiss).toHaveBeenCalledWith(record.advice![0], true);
      rerender(
        element,
        detail(record, { actions, silenced: silenced('rule-0') })
      );
      expect(titles(element)).toEqual(['Finding 1']);
      expect(document.activeElement).toBe(
        get(element, '.jp-Torchprof-adviceList')
      );
      expect(element.textContent).toContain('1 dismissed');
      expect(() => button(element, 'Restore')).toThrow();
      click(button(element, 'Show'));
      click(button(element, 'Restore'));
      expect(actions.dismiss).toHaveBeenLastCalledWith(
        record.advice![0],
        false
      );
    });

    it('should not be offered for a cell without id, nor in a document', () => {
      const advice = [makeAdvice({ cell_id: null })];
      const record = makeInference({ advice });
      const element = render(
        detail(record, { actions: { dismiss: jest.fn() } })
      );
      expect(() => button(element, 'Dismiss')).toThrow();
      rerender(element, detail(makeInference()));
      expect(element.querySelectorAll('article button')).toHaveLength(0);
    });

    it('should turn a rule off, and show nothing of it any more', () => {
      const actions = { turnOff: jest.fn(), learnMore: jest.fn() };
      const record = makeInference();
      const element = render(detail(record, { actions }));
      click(button(element, 'Learn more'));
      expect(actions.learnMore).toHaveBeenCalledWith('no-grad-inference');
      click(button(element, 'Never show this rule'));
      expect(actions.turnOff).toHaveBeenCalledWith('no-grad-inference');
      const rulesOff = new Set(['no-grad-inference']);
      rerender(
        element,
        detail(record, { silenced: { dismissed: new Map(), rulesOff } })
      );
      expect(titles(element)).toEqual([]);
      expect(element.textContent).not.toContain('dismissed');
    });
  });

  describe('actions', () => {
    const advice = makeAdvice({ fix: null, actions: [RELEASE] });
    const record = makeInference({ advice: [advice] });
    const act = jest.fn();

    const view = (state?: ActionState, busy = false) =>
      detail(record, {
        actions: { act },
        busy,
        states: new Map(
          state ? [[actionKey(record, advice, RELEASE), state]] : []
        )
      });

    beforeEach(() => act.mockClear());

    it('should be described before the click', () => {
      const element = render(view());
      const release = button(element, 'Release Out[5]');
      const id = release.getAttribute('aria-describedby')!;
      expect(document.getElementById(id)!.textContent).toContain(
        'will not hold the value'
      );
      expect(get(element, '.jp-Torchprof-actions').textContent).toContain(
        '≈ 1 GiB on cuda:0'
      );
      click(release);
      expect(act).toHaveBeenCalledWith(record, advice, RELEASE);
    });

    it('should wait for a busy kernel, and not ask twice', () => {
      const element = render(view({ kind: 'waiting' }, true));
      const release = button(element, 'Release Out[5]');
      expect(release.getAttribute('aria-busy')).toBe('true');
      expect(get(element, 'li [role=status]').textContent).toContain(
        'kernel is busy'
      );
      click(release);
      expect(act).not.toHaveBeenCalled();
    });

    it('should announce what was done, in place', () => {
      const element = render(view());
      const status = get(element, 'li [role=status]');
      expect(status.textContent).toBe('');
      const message = 'Freed 1.2 GiB on cuda:0.';
      rerender(element, view({ kind: 'done', ok: true, message }));
      expect(get(element, 'li [role=status]')).toBe(status);
      expect(status.textContent).toBe(message);
    });

    it('should offer another try where it failed', () => {
      const element = render(
        view({ kind: 'done', ok: false, message: 'There is no Out[5].' })
      );
      expect(element.textContent).toContain('There is no Out[5].');
      click(button(element, 'Release Out[5]'));
      expect(act).toHaveBeenCalledTimes(1);
    });

    it('should keep what was done when the advice has gone with it', () => {
      const message = 'Freed 1.2 GiB on cuda:0.';
      const states = new Map<string, ActionState>([
        [
          actionKey(record, advice, RELEASE),
          { kind: 'done', ok: true, message }
        ]
      ]);
      const followed = makeInference({ advice: [] });
      const element = render(detail(followed, { actions: { act }, states }));
      expect(get(element, '[role=status]').textContent).toBe(message);
      rerender(
        element,
        detail(makeInference({ run_id: 'run-next', advice: [] }), {
          actions: { act },
          states
        })
      );
      expect(element.textContent).not.toContain(message);
    });
  });

  it('should be quiet and truthful when there is nothing to improve', () => {
    const nothing = 'Nothing to improve was found so far.';
    const element = render(detail(makeInference({ advice: [] })));
    expect(element.textContent).toContain(nothing);
    for (const record of [
      makeInference(),
      makeInference({ advice: [], status: 'error' }),
      makeRecord()
    ]) {
      rerender(element, detail(record));
      expect(element.textContent).not.toContain(nothing);
    }
  });

  it.each([
    [[4], 'line 4'],
    [[3, 4, 5, 9], 'lines 3–5, 9'],
    [[9, 3, 3], 'lines 3, 9'],
    [[1, 3, 5, 7, 9, 11], 'lines 1, 3, 5, 7, 9, …']
  ])('linesWords(%j) should be %j', (lines, words) => {
    expect(linesWords(lines, PLAIN)).toBe(words);
  });
});
