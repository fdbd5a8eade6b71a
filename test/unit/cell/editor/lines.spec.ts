import { mapLines } from '../../../../src/record/line-map';
import { notedLines } from '../../../../src/cell/editor/notes';
import { CellHistory, historyOf } from '../../../../src/cell/history';
import { NOTHING_SILENCED } from '../../../../src/record/derive';
import { makeAdvice, makeRecord, makeSession } from '../../builders';

describe('cell/editor/line-map', () => {
  const map = (before: string, after: string) => [...mapLines(before, after)];

  it('should find the lines that are as they were', () => {
    expect(map('a\nb\nc', 'a\nb\nc')).toEqual([0, 1, 2]);
    expect(map('a\nb\nc', 'new\na\nb\nc')).toEqual([1, 2, 3]);
    expect(map('a\nb\nc', 'a\nB\nc')).toEqual([0, -1, 2]);
    expect(map('a\nb\nc', 'c')).toEqual([-1, -1, 0]);
    expect(map('a\nb\nc\nd', 'x\nb\ny\nd\nz')).toEqual([-1, 1, -1, 3]);
  });

  it('should take a line that stands twice for the one in its place', () => {
    expect(map('f()\ng()\nf()', 'f()\nf()')).toEqual([0, -1, 1]);
  });

  it('should not compare what is too large, and still know head and tail', () => {
    const many = (name: string) =>
      Array.from({ length: 5000 }, (_, i) => `${name}${i}`).join('\n');
    const lines = map(`a\n${many('x')}\nz`, `a\n${many('y')}\nz`);
    expect(lines[0]).toBe(0);
    expect(lines[5001]).toBe(5001);
    expect(lines.slice(1, -1).every(line => line === -1)).toBe(true);
  });
});

describe('cell/history', () => {
  const define = makeRecord({ cell_id: 'def', source: 'def f(): ...' });
  const advice = makeAdvice({
    cell_id: 'use',
    code_cell_id: 'def',
    lines: [1]
  });
  const use = makeRecord({ cell_id: 'use', source: 'f()', advice: [advice] });

  it('should know the last runs of a cell, oldest first', () => {
    const runs = Array.from({ length: 30 }, () => makeRecord());
    const history = new CellHistory([...runs, define]);
    expect(history.runs('cell-a')).toEqual(runs.slice(10));
    expect(history.latest('cell-a')).toBe(runs[29]);
    expect(history.runs('gone')).toEqual([]);
    expect(history.latest('gone')).toBeNull();
  });

  it('should find advice where its lines stand, with the source that they count in', () => {
    const later = makeRecord({ cell_id: 'def', source: 'def f(): return 1' });
    const history = new CellHistory([define, use, later]);
    expect(history.notes('def')).toEqual([
      { record: use, advice, source: define.source }
    ]);
    expect(history.notes('use')).toEqual([]);
    expect(history.advised('use')).toEqual(['def']);
  });

  it('should not take lines of a file for those of a cell', () => {
    const other = makeAdvice({
      cell_id: 'use',
      code_path: 'own.py',
      lines: [1]
    });
    const run = makeRecord({ cell_id: 'use', source: 'f()', advice: [other] });
    const history = new CellHistory([define, run]);
    expect(history.notes('use')).toEqual([]);
    expect(history.notes('def')).toEqual([]);
    expect(history.advised('use')).toEqual([]);
  });

  it('should forget the advice of runs that are not the latest', () => {
    const again = makeRecord({ cell_id: 'use', source: 'f()' });
    const history = new CellHistory([define, use, again]);
    expect(history.notes('def')).toEqual([]);
  });

  it('should be made once per session, whatever else is learnt of it', () => {
    const session = makeSession([use]);
    expect(historyOf(session)).toBe(historyOf(session));
    expect(historyOf(session)).toBe(historyOf({ ...session }));
    const more = { ...session, cells: [use, use] };
    expect(historyOf(session)).not.toBe(historyOf(more));
  });
});

describe('cell/editor/notes', () => {
  const source = 'a\nb\nc';
  const note = (changes: Parameters<typeof makeAdvice>[0]) => {
    const advice = makeAdvice(changes);
    return { advice, record: makeRecord({ source, advice: [advice] }), source };
  };
  const low = note({ severity: 'low', rule: 'low', lines: [1, 2] });
  const high = note({ severity: 'high', rule: 'high', lines: [2, 2] });
  const fresh = () => false;

  it('should give each line its advice, the gravest first', () => {
    expect(notedLines([low, high], source, NOTHING_SILENCED, fresh)).toEqual([
      { line: 1, severity: 'low', notes: [low] },
      { line: 2, severity: 'high', notes: [high, low] }
    ]);
  });

  it('should leave out what is silenced, stale, or of another source', () => {
    const rulesOff = new Set(['low']);
    const silenced = { dismissed: new Map(), rulesOff };
    expect(notedLines([low], source, silenced, fresh)).toEqual([]);
    expect(notedLines([low], source, NOTHING_SILENCED, () => true)).toEqual([]);
    expect(notedLines([low], 'a\nb', NOTHING_SILENCED, fresh)).toEqual([]);
  });

  it('should pass over lines that cannot be', () => {
    const bad = note({ lines: [0, -1, 1.5, NaN, Infinity] });
    expect(notedLines([bad], source, NOTHING_SILENCED, fresh)).toEqual([]);
  });
});
