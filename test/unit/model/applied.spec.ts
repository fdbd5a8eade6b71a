import { applyFix } from '../../../src/fixes/apply';
import { mergeFixes, safeFixes } from '../../../src/fixes/merge';
import { AppliedFixes } from '../../../src/model/applied';
import { Staleness } from '../../../src/model/staleness';
import type { Advice, CellRecord, Fix } from '../../../src/record/_session';
import { NOTHING_SILENCED, adviceKey } from '../../../src/record/derive';
import { makeAdvice, makeRecord, makeSession } from '../builders';
import { english } from '../english';
import { FakeNotebook } from './fake-notebook';

/** Puts text before line `line` of a cell. */
function insertion(cell_id: string, new_text: string, line = 0): Fix['edits'] {
  const place = { line, column: 0 };
  return [
    { cell_id, source_hash: `${cell_id}1`, start: place, end: place, new_text }
  ];
}

describe('model/applied', () => {
  let notebook: FakeNotebook;
  let cells: Staleness;
  let applied: AppliedFixes;

  const fix = (edits: Fix['edits']): Fix => ({
    title: 'Fix',
    edits,
    safe: true
  });
  const advised = (...advice: Advice[]): CellRecord =>
    makeRecord({ cell_id: 'a', source: 'x\ny', source_hash: 'a1', advice });
  const found = (...runs: CellRecord[]) => {
    cells.look([notebook]);
    return [...applied.find(makeSession(runs), cells)];
  };
  const apply = (run: CellRecord, one: Fix, others: CellRecord[] = []) =>
    applyFix(notebook, one, [...others, run], english);

  beforeEach(() => {
    notebook = new FakeNotebook({ a: 'x\ny', b: 'def f(): ...' });
    cells = new Staleness();
    applied = new AppliedFixes();
  });

  it('should follow the text: applied, undone, done again', () => {
    const advice = makeAdvice({
      cell_id: 'a',
      fix: fix(insertion('a', 'z; '))
    });
    const run = advised(advice);
    expect(found(run)).toEqual([]);
    apply(run, advice.fix!);
    notebook.cellsChanged.emit('a');
    expect(found(run)).toEqual([adviceKey(run, advice)]);
    notebook.model('a').undo();
    notebook.cellsChanged.emit('a');
    expect(found(run)).toEqual([]);
    // By hand it is the same.
    notebook.type('a', 'z; x\ny');
    expect(found(run)).toEqual([adviceKey(run, advice)]);
    notebook.type('a', 'z; x\ny and more');
    expect(found(run)).toEqual([]);
  });

  it('should end with the next run of the cell that the advice is on', () => {
    const advice = makeAdvice({
      cell_id: 'a',
      fix: fix(insertion('a', 'z; '))
    });
    const run = advised(advice);
    apply(run, advice.fix!);
    notebook.cellsChanged.emit('a');
    const next = makeRecord({ cell_id: 'a', source: 'z; x\ny' });
    expect(found(run, next)).toEqual([]);
  });

  it('should want all cells of a fix, and wait for the advised one to run', () => {
    const other = makeRecord({
      cell_id: 'b',
      source: 'def f(): ...',
      source_hash: 'b1'
    });
    const both = fix([...insertion('a', 'z; '), ...insertion('b', '@g\n')]);
    const advice = makeAdvice({ cell_id: 'a', fix: both });
    const run = advised(advice);
    notebook.type('b', '@g\ndef f(): ...');
    expect(found(other, run)).toEqual([]);
    notebook.type('a', 'z; x\ny');
    expect(found(other, run)).toEqual([adviceKey(run, advice)]);
    const otherAgain = makeRecord({
      cell_id: 'b',
      source: '@g\ndef f(): ...',
      source_hash: 'b2'
    });
    expect(found(other, run, otherAgain)).toEqual([adviceKey(run, advice)]);
    notebook.remove('b');
    expect(found(other, run, otherAgain)).toEqual([]);
  });

  it('should know fixes that were applied together, until they are undone', () => {
    const one = makeAdvice({
      rule: 'one',
      cell_id: 'a',
      fix: fix(insertion('a', 'z; '))
    });
    const two = makeAdvice({
      rule: 'two',
      cell_id: 'a',
      fix: fix(insertion('a', 'w; ', 1))
    });
    const run = advised(one, two);
    const session = makeSession([run]);
    const fixes = safeFixes(
      notebook,
      session,
      NOTHING_SILENCED,
      new Set(),
      english
    );
    apply(run, mergeFixes(fixes, 'All').fix);
    notebook.cellsChanged.emit('a');
    expect(found(run)).toEqual([]);
    applied.note(fixes, new Map([['a', notebook.model('a').getSource()]]));
    expect(found(run)).toEqual([adviceKey(run, one), adviceKey(run, two)]);
    notebook.model('a').undo();
    notebook.cellsChanged.emit('a');
    expect(found(run)).toEqual([]);
  });

  it('should not break on edits that do not fit', () => {
    const advice = makeAdvice({
      cell_id: 'a',
      fix: fix(insertion('a', 'z', 99))
    });
    notebook.type('a', 'other');
    expect(found(advised(advice))).toEqual([]);
    expect(
      found(advised(makeAdvice({ fix: fix(insertion('gone', 'z')) })))
    ).toEqual([]);
  });

  it('should give the same object as long as nothing changed', () => {
    const advice = makeAdvice({
      cell_id: 'a',
      fix: fix(insertion('a', 'z; '))
    });
    const session = makeSession([advised(advice)]);
    notebook.type('a', 'z; x\ny');
    cells.look([notebook]);
    const first = applied.find(session, cells);
    expect(first.size).toBe(1);
    notebook.type('b', 'else');
    cells.look([notebook]);
    expect(applied.find({ ...session }, cells)).toBe(first);
  });
});
