/** What a fix changes, line by line. The views show it where the surface has no preview. */
import { applyReplacements, replacementsOf } from '../../fixes/edits';
import { mapLines } from '../../record/line-map';
import type { TextEdit } from '../../record/_session';

/** One line of a diff. */
export interface IDiffLine {
  readonly kind: 'same' | 'removed' | 'added';
  readonly text: string;
}

/** Lines around a change. */
const CONTEXT = 2;

/**
 * The lines that these edits change in a source, with a little context.
 *
 * @throws EditError if the edits do not fit the source
 */
export function fixDiff(
  source: string,
  edits: readonly TextEdit[]
): IDiffLine[] {
  const replacements = replacementsOf(source, edits);
  return lineDiff(source, applyReplacements(source, replacements));
}

/** Removed and added lines, removed ones first, with a little context. */
export function lineDiff(before: string, after: string): IDiffLine[] {
  const old = before.split('\n');
  const now = after.split('\n');
  const lines: IDiffLine[] = [];
  let next = 0;
  mapLines(before, after).forEach((place, index) => {
    if (place < 0) {
      lines.push(removed(old[index]));
    } else {
      lines.push(...now.slice(next, place).map(added));
      lines.push({ kind: 'same', text: old[index] });
      next = place + 1;
    }
  });
  return trimmed([...lines, ...now.slice(next).map(added)]);
}

/** Without what is the same far before the first change and far after the last. */
function trimmed(lines: readonly IDiffLine[]): IDiffLine[] {
  const isChange = ({ kind }: IDiffLine) => kind !== 'same';
  const first = lines.findIndex(isChange);
  if (first < 0) {
    return [];
  }
  const last = lines.length - 1 - [...lines].reverse().findIndex(isChange);
  return lines.slice(Math.max(0, first - CONTEXT), last + 1 + CONTEXT);
}

function removed(text: string): IDiffLine {
  return { kind: 'removed', text };
}

function added(text: string): IDiffLine {
  return { kind: 'added', text };
}
