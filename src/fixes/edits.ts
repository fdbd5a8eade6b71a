/** Text edits on a source: positions to offsets, checks, order. Pure. */
import type { Position, TextEdit } from '../record/_session';

/** A replacement by offsets (UTF-16 code units, as in JavaScript strings). */
export interface IReplacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The edits do not fit the source, or each other. */
export class EditError extends Error {
  override readonly name = 'EditError';
}

/**
 * The edits of one source by offset, first to last.
 *
 * @throws EditError if a position is outside the source or two edits overlap
 */
export function replacementsOf(
  source: string,
  edits: readonly TextEdit[]
): IReplacement[] {
  const starts = lineStarts(source);
  const replacements = edits.map(edit => ({
    start: offsetOf(source, starts, edit.start),
    end: offsetOf(source, starts, edit.end),
    text: edit.new_text
  }));
  // Stable: insertions at one place stay in the order given.
  replacements.sort((a, b) => a.start - b.start || a.end - b.end);
  let reached = 0;
  for (const { start, end } of replacements) {
    if (end < start || start < reached) {
      throw new EditError('The edits overlap.');
    }
    reached = end;
  }
  return replacements;
}

/** The source after the replacements. */
export function applyReplacements(
  source: string,
  replacements: readonly IReplacement[]
): string {
  let result = '';
  let reached = 0;
  for (const { start, end, text } of replacements) {
    result += source.slice(reached, start) + text;
    reached = end;
  }
  return result + source.slice(reached);
}

/** Offsets at which lines begin; lines end as in the Language Server Protocol. */
function lineStarts(source: string): number[] {
  const starts = [0];
  for (const match of source.matchAll(/\r\n|\r|\n/g)) {
    starts.push(match.index + match[0].length);
  }
  return starts;
}

function offsetOf(
  source: string,
  starts: readonly number[],
  { line, column }: Position
): number {
  if (line >= starts.length) {
    throw new EditError('An edit is outside the source.');
  }
  const next = starts[line + 1];
  let end = next ?? source.length;
  if (next !== undefined) {
    end -= source.slice(next - 2, next) === '\r\n' ? 2 : 1;
  }
  const offset = starts[line] + column;
  if (offset > end) {
    throw new EditError('An edit is outside the source.');
  }
  return offset;
}
