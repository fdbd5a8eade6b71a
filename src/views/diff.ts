/** What a fix changes, line by line. The views show it where the surface has no preview. */
import { applyReplacements, replacementsOf } from '../fixes/edits';
import type { TextEdit } from '../record/_session';

/** One line of a diff. */
export interface IDiffLine {
  readonly kind: 'same' | 'removed' | 'added';
  readonly text: string;
}

/** Lines around a change. */
const CONTEXT = 2;
/** Above this many lines on a side, the changed stretch is shown whole: comparing is quadratic. */
const COMPARED = 400;

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

/** Removed and added lines with a little context. */
export function lineDiff(before: string, after: string): IDiffLine[] {
  const old = before.split('\n');
  const now = after.split('\n');
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) {
    head += 1;
  }
  let tail = 0;
  while (
    tail < Math.min(old.length, now.length) - head &&
    old[old.length - 1 - tail] === now[now.length - 1 - tail]
  ) {
    tail += 1;
  }
  const same = (text: string): IDiffLine => ({ kind: 'same', text });
  return [
    ...old.slice(Math.max(0, head - CONTEXT), head).map(same),
    ...changed(
      old.slice(head, old.length - tail),
      now.slice(head, now.length - tail)
    ),
    ...old
      .slice(
        old.length - tail,
        Math.min(old.length, old.length - tail + CONTEXT)
      )
      .map(same)
  ];
}

/** The changed stretch by longest common subsequence, removed lines before added ones. */
function changed(old: readonly string[], now: readonly string[]): IDiffLine[] {
  if (old.length > COMPARED || now.length > COMPARED) {
    return [...old.map(removed), ...now.map(added)];
  }
  const common = old.map(() => new Uint16Array(now.length + 1));
  common.push(new Uint16Array(now.length + 1));
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      common[i][j] =
        old[i] === now[j]
          ? common[i + 1][j + 1] + 1
          : Math.max(common[i + 1][j], common[i][j + 1]);
    }
  }
  const lines: IDiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      lines.push({ kind: 'same', text: old[i] });
      i += 1;
      j += 1;
    } else if (
      i < old.length &&
      (j === now.length || common[i + 1][j] >= common[i][j + 1])
    ) {
      lines.push(removed(old[i++]));
    } else {
      lines.push(added(now[j++]));
    }
  }
  return lines;
}

function removed(text: string): IDiffLine {
  return { kind: 'removed', text };
}

function added(text: string): IDiffLine {
  return { kind: 'added', text };
}
