import { applyFix } from '../../../src/fixes/apply';
import { mergeFixes, safeFixes } from '../../../src/fixes/merge';
import type { Fix, TextEdit } from '../../../src/record/_session';
import { NOTHING_SILENCED } from '../../../src/record/derive';
import { makeAdvice, makeRecord, makeSession } from '../builders';
import { english } from '../english';
import { FakeNotebook } from '../model/fake-notebook';

const SOURCE = 'one\ntwo\nthree\nfour';

/** Text in place of the columns of one line of cell `a`. */
function edit(
  line: number,
  from: number,
  to: number,
  new_text: string,
  cell_id = 'a'
): TextEdit {
  return {
    cell_id,
    source_hash: cell_id,
    start: { line, column: from },
    end: { line, column: to },
    new_text
  };
}

describe('fixes/merge', () => {
  let notebook: FakeNotebook;

  beforeEach(() => {
    notebook = new FakeNotebook({ b: SOURCE, a: SOURCE });
  });

  const source = (id = 'a') => notebook.model(id).getSource();

  /** Fixes of these edits, found on cell `a` in this order. */
  function merge(...edits: TextEdit[][]) {
    const advice = edits.map((ofFix, index) =>
      makeAdvice({
        rule: `rule-${index}`,
        cell_id: 'a',
        fix: { title: `Fix ${index}`, edits: ofFix, safe: true }
      })
    );
    const runs = [
      makeRecord({ cell_id: 'a', source: SOURCE, source_hash: 'a', advice }),
      makeRecord({ cell_id: 'b', source: SOURCE, source_hash: 'b' })
    ];
    const fixes = safeFixes(
      notebook,
      makeSession(runs),
      NOTHING_SILENCED,
      new Set(),
      english
    );
    const merged = mergeFixes(fixes, 'All');
    const outcome = applyFix(notebook, merged.fix, runs, english);
    expect(outcome.applied).toBe(true);
    return { ...merged, left: merged.left.map(({ advice }) => advice.rule) };
  }

  it('should put fixes of one cell together as one undo step', () => {
    const { left } = merge([edit(3, 0, 4, '4')], [edit(0, 0, 3, '1')]);
    expect(left).toEqual([]);
    expect(source()).toBe('1\ntwo\nthree\n4');
    notebook.model('a').undo();
    expect(source()).toBe(SOURCE);
  });

  it('should let the first of two that overlap win', () => {
    const { left } = merge([edit(1, 0, 3, '2')], [edit(1, 1, 2, 'W')]);
    expect(left).toEqual(['rule-1']);
    expect(source()).toBe('one\n2\nthree\nfour');
  });

  it('should not leave half of a fix', () => {
    const { left } = merge(
      [edit(1, 0, 3, '2')],
      [edit(0, 0, 3, '1'), edit(1, 1, 2, 'W')]
    );
    expect(left).toEqual(['rule-1']);
    expect(source()).toBe('one\n2\nthree\nfour');
  });

  it('should add a line once that several fixes add', () => {
    const line = edit(0, 0, 0, 'import torch\n');
    const { left } = merge(
      [line, edit(1, 0, 3, '2')],
      [line, edit(2, 0, 5, '3')]
    );
    expect(left).toEqual([]);
    expect(source()).toBe('import torch\none\n2\n3\nfour');
  });

  it('should not take two indentations for one, nor guess which comes first', () => {
    const wrap = (line: number, text: string) => [
      edit(line, 0, 0, text),
      edit(line + 1, 0, 0, '    ')
    ];
    expect(
      merge(wrap(1, 'with x:\n    '), wrap(1, 'if y:\n    ')).left
    ).toEqual(['rule-1']);
    expect(source()).toBe('one\nwith x:\n    two\n    three\nfour');
  });

  it('should keep a fix whole that changes several cells', () => {
    const both = [edit(0, 0, 3, '1'), edit(0, 0, 3, 'eins', 'b')];
    const { left } = merge(both, [edit(0, 0, 1, 'O', 'b')]);
    expect(left).toEqual(['rule-1']);
    expect([source('a'), source('b')]).toEqual([
      '1\ntwo\nthree\nfour',
      'eins\ntwo\nthree\nfour'
    ]);
  });

  it('safeFixes() should follow the notebook, and leave out what cannot be applied', () => {
    const fix = (id: string): Fix => ({
      title: id,
      edits: [edit(0, 0, 0, '#', id)],
      safe: true
    });
    const run = (id: string) =>
      makeRecord({
        cell_id: id,
        source: SOURCE,
        source_hash: id,
        advice: [makeAdvice({ cell_id: id, fix: fix(id) })]
      });
    const session = makeSession([run('a'), run('b'), run('gone')]);
    const titles = () =>
      safeFixes(notebook, session, NOTHING_SILENCED, new Set(), english).map(
        found => found.fix.title
      );
    expect(titles()).toEqual(['b', 'a']);
    notebook.readOnlyCells.add('b');
    expect(titles()).toEqual(['a']);
    notebook.type('a', 'edited');
    expect(titles()).toEqual([]);
  });
});
