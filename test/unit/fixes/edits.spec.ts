import {
  EditError,
  applyReplacements,
  replacementsOf
} from '../../../src/fixes/edits';
import type { TextEdit } from '../../../src/record/_session';

type Range = [number, number, number, number, string];

function edit([line, column, endLine, endColumn, text]: Range): TextEdit {
  return {
    cell_id: 'a',
    source_hash: '',
    start: { line, column },
    end: { line: endLine, column: endColumn },
    new_text: text
  };
}

function applied(source: string, ...ranges: Range[]): string {
  return applyReplacements(source, replacementsOf(source, ranges.map(edit)));
}

describe('fixes/edits', () => {
  it('should count columns in UTF-16 code units', () => {
    const source = 's = "🔥é"; out = model(x)\ny = 1';
    // The emoji takes two units, the accented letter one.
    expect(applied(source, [0, 11, 0, 14, 'res'])).toBe(
      's = "🔥é"; res = model(x)\ny = 1'
    );
  });

  it.each([
    ['\n', 'a\nbc\nd'],
    ['\r\n', 'a\r\nbc\r\nd'],
    ['\r', 'a\rbc\rd']
  ])('should keep line ends %j', (end, source) => {
    expect(applied(source, [1, 0, 1, 2, 'BC'])).toBe(`a${end}BC${end}d`);
    expect(applied(source, [0, 1, 1, 0, ' '])).toBe(`a bc${end}d`);
    expect(applied(source, [2, 1, 2, 1, '!'])).toBe(`${source}!`);
  });

  it('should apply edits that come in any order', () => {
    const source = 'one\ntwo\nthree';
    const ranges: Range[] = [
      [2, 0, 2, 5, '3'],
      [0, 0, 0, 3, '1'],
      [1, 0, 1, 0, '>']
    ];
    expect(applied(source, ...ranges)).toBe('1\n>two\n3');
  });

  it('should keep insertions at one place in order, and allow edits that touch', () => {
    expect(applied('ab', [0, 1, 0, 1, 'X'], [0, 1, 0, 1, 'Y'])).toBe('aXYb');
    expect(applied('ab', [0, 0, 0, 1, 'A'], [0, 1, 0, 2, 'B'])).toBe('AB');
  });

  it('should edit an empty source', () => {
    expect(applied('', [0, 0, 0, 0, 'x'])).toBe('x');
  });

  it.each<[string, Range[]]>([
    [
      'overlap',
      [
        [0, 0, 0, 2, ''],
        [0, 1, 0, 3, '']
      ]
    ],
    ['end before they start', [[0, 2, 0, 1, '']]],
    ['begin after the last line', [[2, 0, 2, 0, '']]],
    ['end after the end of a line', [[0, 0, 0, 4, '']]],
    ['begin between carriage return and newline', [[1, 4, 1, 4, '']]]
  ])('should refuse edits that %s', (_, ranges) => {
    expect(() => replacementsOf('abc\r\ndef\r\n', [])).not.toThrow();
    const source = ranges[0][0] === 2 ? 'abc\ndef' : 'abc\r\ndef\r\n';
    expect(() => replacementsOf(source, ranges.map(edit))).toThrow(EditError);
  });
});
