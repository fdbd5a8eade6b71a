import { EditError } from '../../../../src/fixes/edits';
import type { IDiffLine } from '../../../../src/views/parts/diff';
import { fixDiff, lineDiff } from '../../../../src/views/parts/diff';
import { INFERENCE, makeAdvice } from '../../fixtures/records';

const SIGN = { same: ' ', removed: '-', added: '+' };

function text(lines: readonly IDiffLine[]): string {
  return lines.map(line => SIGN[line.kind] + line.text).join('\n');
}

describe('lineDiff', () => {
  it('should keep what is common, and a little around it', () => {
    const before = 'a\nb\nc\nd\ne\nf\ng\nh';
    const after = 'a\nb\nc\nD\ne\nx\nf\ng\nh';
    expect(text(lineDiff(before, after))).toBe(
      ' b\n c\n-d\n+D\n e\n+x\n f\n g'
    );
  });

  it.each([
    ['', 'a', '-\n+a'],
    ['a', 'a\nb', ' a\n+b'],
    ['a\nb', 'b', '-a\n b'],
    ['a\na', 'a\na\na', ' a\n a\n+a']
  ])('should manage the ends: %j → %j', (before, after, expected) => {
    expect(text(lineDiff(before, after))).toBe(expected);
  });

  it('should show a very long stretch whole', () => {
    const before = Array.from({ length: 1000 }, (_, i) => `a${i}`).join('\n');
    const lines = lineDiff(before, before.replace(/a/g, 'b'));
    expect(lines).toHaveLength(2000);
    expect(lines[999].kind).toBe('removed');
  });
});

describe('fixDiff', () => {
  it('should show what the fix changes', () => {
    const { fix } = makeAdvice();
    expect(text(fixDiff(INFERENCE, fix!.edits))).toBe(
      [
        ' # All test images in one go.',
        ' outputs = []',
        '-for images in batches:',
        '-    outputs.append(model(images.to(device)))',
        '+with torch.no_grad():',
        '+    for images in batches:',
        '+        outputs.append(model(images.to(device)))',
        ' print(len(outputs))'
      ].join('\n')
    );
  });

  it('should refuse edits that do not fit', () => {
    const { fix } = makeAdvice();
    expect(() => fixDiff('short', fix!.edits)).toThrow(EditError);
  });
});
