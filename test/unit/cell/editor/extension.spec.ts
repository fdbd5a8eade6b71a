import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';

import type { INote } from '../../../../src/cell/history';
import {
  NO_MARKS,
  cellMarks,
  heatAt,
  setMarks
} from '../../../../src/cell/editor/extension';
import type { ILineHeat } from '../../../../src/cell/editor/heat';
import type { INotedLine } from '../../../../src/cell/editor/notes';
import { MarkTooltips } from '../../../../src/cell/editor/tooltips';
import { makeAdvice, makeRecord } from '../../builders';
import { english } from '../../english';

const DOC = 'load()\n  train(x)  \n\nlast()';

const makeHeat = (
  line: number,
  changes: Partial<ILineHeat> = {}
): ILineHeat => ({
  line,
  share: 0.62,
  level: 4,
  samples: 18,
  total: 29,
  seconds: 3.1,
  by: null,
  growth: [{ device: 'cuda:0', bytes: 340 * 2 ** 20, inLoop: false }],
  growthLevel: 2,
  ...changes
});

const makeNoted = (
  line: number,
  changes: Parameters<typeof makeAdvice>[0] = {}
): INotedLine => {
  const advice = makeAdvice({ severity: 'medium', ...changes });
  const note = {
    advice,
    record: makeRecord({ advice: [advice] }),
    source: DOC
  };
  return { line, severity: advice.severity, notes: [note] };
};

describe('cell/editor', () => {
  let view: EditorView;
  let tooltips: MarkTooltips;
  let acted: [string, INote][];
  let fits: boolean;
  let isApplied: boolean;

  beforeEach(() => {
    acted = [];
    fits = true;
    isApplied = false;
    const act = (name: string) => (note: INote) =>
      void acted.push([name, note]);
    tooltips = new MarkTooltips({
      actions: {
        preview: act('preview'),
        isApplied: () => isApplied,
        run: act('run'),
        apply: act('apply'),
        open: act('open')
      },
      fits: () => fits,
      trans: english
    });
    view = new EditorView({
      state: EditorState.create({
        doc: DOC,
        extensions: [cellMarks(tooltips), tooltips.extension]
      }),
      parent: document.body
    });
  });

  afterEach(() => {
    view.destroy();
  });

  const show = (marks: Partial<typeof NO_MARKS>) =>
    view.dispatch({ effects: setMarks.of({ ...NO_MARKS, ...marks }) });
  const bars = () => [
    ...view.dom.querySelectorAll<HTMLElement>('.jp-Torchprof-heatBar')
  ];
  const underlined = () => [
    ...view.dom.querySelectorAll<HTMLElement>('.jp-Torchprof-underline')
  ];
  const card = () => view.dom.querySelector<HTMLElement>('.jp-Torchprof-card');
  const press = (target: Element, key: string) =>
    target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));

  it('should draw a bar for time and one for memory beside the line', () => {
    show({ heat: [makeHeat(2)] });
    expect(bars().map(bar => [bar.className, bar.dataset.level])).toEqual([
      ['jp-Torchprof-heatBar jp-mod-time', '4'],
      ['jp-Torchprof-heatBar jp-mod-memory', '2']
    ]);
    expect(heatAt(view.state, 7)?.heat.share).toBe(0.62);
    expect(heatAt(view.state, 0)).toBeNull();
    show({ heat: [makeHeat(2, { level: 0 })], stale: 'edited' });
    expect(bars()).toHaveLength(1);
    expect(bars()[0].closest('.jp-mod-stale')).not.toBeNull();
    show({});
    expect(bars()).toHaveLength(0);
  });

  it('should follow edits until it is set anew', () => {
    show({ heat: [makeHeat(2)], notes: [makeNoted(2)] });
    view.dispatch({ changes: { from: 0, insert: '# new\n' } });
    expect(heatAt(view.state, view.state.doc.line(3).from)).not.toBeNull();
    expect(underlined()[0].textContent).toBe('train(x)');
  });

  it('should underline the code of the line, and describe it', () => {
    show({
      notes: [
        makeNoted(2, { title: 'Wrap `train` <b>now</b>' }),
        makeNoted(3),
        makeNoted(4, { severity: 'info' })
      ]
    });
    expect(underlined().map(({ textContent }) => textContent)).toEqual([
      'train(x)',
      'last()'
    ]);
    const [first, second] = underlined();
    expect(first.getAttribute('aria-description')).toBe(
      'Wrap train <b>now</b>'
    );
    expect(first.dataset.severity).toBe('medium');
    expect(second.dataset.severity).toBe('info');
  });

  it('should pass over lines that are not there or out of order', () => {
    const heat = [3, 2, 9, 1e6, 4].map(line => makeHeat(line));
    show({ heat, notes: [makeNoted(4), makeNoted(1), makeNoted(77)] });
    expect(view.dom.querySelectorAll('.jp-Torchprof-heatMark')).toHaveLength(2);
    expect(underlined()).toHaveLength(1);
  });

  it('should look as without gutters where there are no others', () => {
    show({ heat: [makeHeat(1)] });
    expect(view.scrollDOM.classList).toContain('jp-mod-torchprofBare');
  });

  describe('heat', () => {
    beforeEach(() => jest.useFakeTimers());
    afterEach(() => jest.useRealTimers());

    it('should say its numbers while the pointer rests on it', () => {
      show({ heat: [makeHeat(2)] });
      tooltips.enter(view, 7);
      expect(card()).toBeNull();
      jest.advanceTimersByTime(300);
      expect(card()?.getAttribute('role')).toBe('tooltip');
      expect(card()?.textContent).toContain(
        '62% of 3.1 s (18 samples) · +340 MiB on cuda:0'
      );
      expect(card()?.textContent).toContain('between 44% and 77%');
      tooltips.leave(view);
      expect(card()).toBeNull();
    });

    it.each([
      [3, "62% of [3]'s time was here (18 samples)"],
      [null, "62% of another cell's time was here (18 samples)"]
    ])('should say whose time it was: %p', (execution_count, words) => {
      const by = makeRecord({ execution_count });
      show({ heat: [makeHeat(2, { by, growth: [] })] });
      tooltips.enter(view, 7);
      jest.advanceTimersByTime(300);
      expect(card()?.textContent).toContain(words);
    });

    it('should say that it is of before the edit, and of a loop what is', () => {
      const growth = [{ device: 'host', bytes: 2 ** 30, inLoop: true }];
      const heat = [makeHeat(2, { samples: 0, level: 0, growth })];
      show({ heat, stale: 'edited' });
      tooltips.enter(view, 7);
      jest.advanceTimersByTime(300);
      expect(card()?.textContent).toContain(
        '+1 GiB of host memory in this loop'
      );
      expect(card()?.textContent).not.toContain('%');
      expect(card()?.textContent).toContain('before the cell was edited');
    });

    it('should stay away once the pointer is gone or the text is', () => {
      show({ heat: [makeHeat(2)] });
      tooltips.enter(view, 7);
      tooltips.leave(view);
      jest.advanceTimersByTime(300);
      expect(card()).toBeNull();
      tooltips.enter(view, 7);
      view.dispatch({ changes: { from: 0, to: DOC.length } });
      jest.advanceTimersByTime(300);
      expect(card()).toBeNull();
    });
  });

  describe('advice', () => {
    const fix = { title: 'Wrap it', edits: [] };
    const buttons = () => [...(card()?.querySelectorAll('button') ?? [])];

    it('should be shown at the cursor with the focus on its first button', () => {
      const noted = makeNoted(2, {
        fix,
        title: 'Wrap `train`',
        prediction: {
          metric: 'graph_bytes',
          before: 2 ** 30,
          after: 0,
          unit: 'bytes'
        }
      });
      show({ notes: [noted] });
      view.dispatch({ selection: { anchor: 8 } });
      expect(tooltips.showAtCursor(view)).toBe(true);
      expect(card()?.getAttribute('role')).toBe('dialog');
      expect(card()?.getAttribute('aria-label')).toBe('Advice on line 2');
      expect(card()?.querySelector('code')?.textContent).toBe('train');
      expect(card()?.textContent).toContain('−1 GiB');
      expect(buttons().map(({ textContent }) => textContent)).toEqual([
        'Preview',
        'Apply fix',
        'Open in panel'
      ]);
      expect(document.activeElement).toBe(buttons()[0]);
      buttons()[1].click();
      expect(acted).toEqual([['apply', noted.notes[0]]]);
      expect(card()).toBeNull();
    });

    it('should be found on the next line that has some, from the start again', () => {
      show({ notes: [makeNoted(1)] });
      view.dispatch({ selection: { anchor: DOC.length } });
      expect(tooltips.showAtCursor(view)).toBe(true);
      expect(card()?.getAttribute('aria-label')).toBe('Advice on line 1');
      show({});
      expect(tooltips.showAtCursor(view)).toBe(false);
    });

    it('should offer no fix that does not fit any more', () => {
      fits = false;
      show({ notes: [makeNoted(1, { fix })] });
      tooltips.showAtCursor(view);
      expect(buttons().map(({ textContent }) => textContent)).toEqual([
        'Open in panel'
      ]);
    });

    it('should offer to run what its fix has changed', () => {
      fits = false;
      isApplied = true;
      const note = makeNoted(1, { fix });
      show({ notes: [note] });
      tooltips.showAtCursor(view);
      expect(card()?.textContent).toContain('Applied: run to measure');
      expect(document.activeElement).toBe(buttons()[0]);
      expect(buttons()[0].textContent).toBe('Run');
      buttons()[0].click();
      expect(acted).toEqual([['run', note.notes[0]]]);
    });

    it('should go with Escape, and give the focus back to the text', () => {
      show({ notes: [makeNoted(1)] });
      tooltips.showAtCursor(view);
      press(buttons()[0], 'Escape');
      expect(card()).toBeNull();
      expect(document.activeElement).toBe(view.contentDOM);
    });

    it('should show markup of a stranger as text', () => {
      const title = '<img src=x onerror="window.hurt = 1">'.repeat(100);
      show({ notes: [makeNoted(1, { title })] });
      tooltips.showAtCursor(view);
      expect(card()?.querySelector('img')).toBeNull();
      expect(card()?.textContent).toContain('<img');
    });
  });
});
