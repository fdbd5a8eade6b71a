import type { Session } from '../../../../src/record/_session';
import { profiledCells } from '../../../../src/views/cells/rows';
import { searchRows } from '../../../../src/views/cells/search';
import { makeNotebook, makeRecord, makeSession } from '../../fixtures/records';

function found(query: string, session: Session = makeNotebook()): string[] {
  return searchRows(profiledCells(session, 'notebook'), query).map(
    ({ record }) => record.run_id
  );
}

describe('searchRows', () => {
  it.each([
    ['words of the source, whatever their case', 'VISIONtransformer', 'run-4'],
    ['all words', 'save checkpoint', 'run-5'],
    ['a file', 'shapes.pt', 'run-6'],
    ['an error', 'RuntimeError', 'run-10'],
    ['that it was interrupted', 'interrupted', 'run-11'],
    ['the number of its latest run', '[12]', 'run-fixed'],
    ['the number of an earlier run', '[9]', 'run-fixed'],
    ['the beginning of a number', '[1', 'run-1']
  ])('should find %s', (_, query, run) => {
    expect(found(query)).toContain(run);
  });

  it('should find rules and variables', () => {
    const session = makeSession(
      (makeNotebook().cells ?? []).filter(
        ({ run_id }) => run_id !== 'run-fixed'
      )
    );
    expect(found('no-grad-inference', session)).toEqual(['run-inference']);
    expect(found('test_images', session)).toEqual([
      'run-6',
      'run-7',
      'run-inference'
    ]);
  });

  it('should find all without a word, and none that lacks one', () => {
    expect(found('')).toHaveLength(10);
    expect(found('  ')).toHaveLength(10);
    expect(found('save nonsense')).toEqual([]);
    expect(found('[3]')).toEqual(['run-3']);
  });

  it('should take a bracket in code for code', () => {
    const session = makeSession([makeRecord({ source: 'x = y[30]' })]);
    expect(found('[30]', session)).toEqual(['run-1']);
  });
});
