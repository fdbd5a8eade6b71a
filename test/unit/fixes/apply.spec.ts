import { applyFix, planFix } from '../../../src/fixes/apply';
import type { CellRecord, Fix } from '../../../src/record/_session';
import { makeRecord } from '../builders';
import { english } from '../english';
import { FakeNotebook } from '../model/fake-notebook';

const BEFORE = 'out = model(x)\nprint("🔥")';
const AFTER = 'with torch.no_grad():\n    out = model(x)\nprint("🔥")';

/** Wraps the first line of the cell. */
function wrap(cell_id: string | null = 'a', source_hash = 'hash-a'): Fix {
  const at = { line: 0, column: 0 };
  return {
    title: 'Wrap in no_grad',
    edits: [
      {
        cell_id,
        source_hash,
        start: at,
        end: at,
        new_text: 'with torch.no_grad():\n    '
      }
    ]
  };
}

describe('fixes/apply', () => {
  let notebook: FakeNotebook;
  let profiled: CellRecord[];

  beforeEach(() => {
    notebook = new FakeNotebook({ a: BEFORE, b: 'y = 1' });
    profiled = [
      makeRecord({ cell_id: 'a', source: BEFORE, source_hash: 'hash-a' }),
      makeRecord({ cell_id: 'b', source: 'y = 1', source_hash: 'hash-b' })
    ];
  });

  const source = (id = 'a') => notebook.model(id).getSource();

  describe('applyFix()', () => {
    it('should change the source as one undo step', () => {
      const outcome = applyFix(notebook, wrap(), profiled, english);
      expect(outcome).toMatchObject({ applied: true, cellIds: ['a'] });
      expect(source()).toBe(AFTER);
      notebook.model('a').undo();
      expect(source()).toBe(BEFORE);
      notebook.model('a').redo();
      expect(source()).toBe(AFTER);
    });

    it('should be one undo step whatever was typed just before and after', () => {
      const cell = notebook.model('a');
      cell.updateSource(0, 0, '#\n');
      cell.updateSource(0, 2, '');
      applyFix(notebook, wrap(), profiled, english);
      cell.updateSource(0, 0, '# ');
      cell.undo();
      expect(source()).toBe(AFTER);
      cell.undo();
      expect(source()).toBe(BEFORE);
    });

    it('should apply several edits as one step', () => {
      const fix = wrap();
      const start = { line: 1, column: 7 };
      fix.edits.push({
        ...fix.edits[0],
        start,
        end: { line: 1, column: 9 },
        new_text: 'fire'
      });
      applyFix(notebook, fix, profiled, english);
      expect(source()).toBe(
        'with torch.no_grad():\n    out = model(x)\nprint("fire")'
      );
      notebook.model('a').undo();
      expect(source()).toBe(BEFORE);
    });

    it('should take itself back', () => {
      const outcome = applyFix(notebook, wrap(), profiled, english);
      expect(outcome.applied && outcome.undo()).toBe(true);
      expect(source()).toBe(BEFORE);
    });

    it('should not take back what was edited since', () => {
      const outcome = applyFix(notebook, wrap(), profiled, english);
      notebook.type('a', 'something else');
      expect(outcome.applied && outcome.undo()).toBe(false);
      expect(source()).toBe('something else');
    });

    it('should keep carriage returns', () => {
      const crlf = 'out = model(x)\r\nprint(1)\r\n';
      notebook.type('a', crlf);
      profiled[0] = { ...profiled[0], source: crlf };
      applyFix(notebook, wrap(), profiled, english);
      expect(source()).toBe(`with torch.no_grad():\n    ${crlf}`);
    });

    it('should edit several cells, each with an undo step', () => {
      const fix = wrap();
      fix.edits.push(...wrap('b', 'hash-b').edits);
      const outcome = applyFix(notebook, fix, profiled, english);
      expect(source('b')).toContain('no_grad');
      expect(outcome.applied && outcome.undo()).toBe(true);
      expect([source('a'), source('b')]).toEqual([BEFORE, 'y = 1']);
    });
  });

  it('should be undone also when the history of the cell was cleared', () => {
    const outcome = applyFix(notebook, wrap(), profiled, english);
    notebook.model('a').undoManager?.clear();
    expect(outcome.applied && outcome.undo()).toBe(true);
    expect(source()).toBe(BEFORE);
  });

  describe('refusal', () => {
    function refusal(fix = wrap()): string {
      const before = notebook.cellIds.map(id => source(id));
      const outcome = applyFix(notebook, fix, profiled, english);
      expect(notebook.cellIds.map(id => source(id))).toEqual(before);
      if (outcome.applied) {
        return 'none';
      }
      expect(outcome.message).toMatch(/\.$/);
      return outcome.refusal;
    }

    it('should come if the cell was edited since', () => {
      notebook.type('a', `${BEFORE} `);
      expect(refusal()).toBe('changed');
    });

    it('should come if the source of the hash is unknown', () => {
      expect(refusal(wrap('a', 'hash-of-another'))).toBe('changed');
      expect(refusal(wrap('a', 'hash-b'))).toBe('changed');
    });

    it('should not come if the source was edited and is as it was again', () => {
      notebook.type('a', 'x');
      notebook.type('a', BEFORE);
      applyFix(notebook, wrap(), profiled, english);
      expect(source()).toBe(AFTER);
    });

    it('should come if the cell is gone, or was never known', () => {
      notebook.remove('a');
      expect(refusal()).toBe('missing');
      expect(refusal(wrap(null))).toBe('missing');
    });

    it('should come if the cell or the notebook is read-only', () => {
      notebook.readOnlyCells.add('a');
      expect(refusal()).toBe('read-only-cell');
      notebook.isReadOnly = true;
      expect(refusal()).toBe('read-only-notebook');
    });

    it('should come if the edits do not fit, or there are none', () => {
      const outside = wrap();
      outside.edits[0].end = { line: 9, column: 0 };
      expect(refusal(outside)).toBe('broken');
      expect(refusal({ title: '', edits: [] })).toBe('broken');
    });

    it('should leave all cells alone if one of them cannot be edited', () => {
      const fix = wrap();
      fix.edits.push(...wrap('b', 'hash-b').edits);
      notebook.readOnlyCells.add('b');
      expect(refusal(fix)).toBe('read-only-cell');
    });
  });

  it('planFix() should show the source before and after and change nothing', () => {
    const plan = planFix(notebook, wrap(), profiled, english);
    expect(plan).toMatchObject({
      possible: true,
      edits: [{ before: BEFORE, after: AFTER }]
    });
    expect(source()).toBe(BEFORE);
  });
});
