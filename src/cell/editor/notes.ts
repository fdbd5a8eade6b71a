/** Which lines of a cell are underlined, and for what. Pure: knows no editor. */
import type { Advice } from '../../record/_session';
import { compareAdvice } from '../../record/advice-order';
import type { ISilenced } from '../../record/derive';
import { openAdvice } from '../../record/derive';
import type { INote } from '../history';

/** Lines that one piece of advice may underline, and notes that one line may have. */
const LINES = 200;
const NOTES = 8;

/** A line with advice, what matters most first. */
export interface INotedLine {
  /** From one. */
  readonly line: number;
  readonly severity: Advice['severity'];
  readonly notes: readonly INote[];
}

/**
 * The lines with advice that is open and still fits.
 *
 * @param source - what the cell holds now
 * @param isStale - whether the cell that a note's run was of has been edited since
 */
export function notedLines(
  notes: readonly INote[],
  source: string,
  silenced: ISilenced,
  isStale: (note: INote) => boolean
): INotedLine[] {
  const lines = new Map<number, INote[]>();
  for (const note of notes) {
    const { advice, record } = note;
    if (
      note.source === source &&
      openAdvice(record, silenced).includes(advice) &&
      !isStale(note)
    ) {
      for (const line of new Set((advice.lines ?? []).slice(0, LINES))) {
        const list = lines.get(line) ?? [];
        if (Number.isSafeInteger(line) && line >= 1 && list.length < NOTES) {
          lines.set(line, [...list, note]);
        }
      }
    }
  }
  return [...lines]
    .sort(([a], [b]) => a - b)
    .map(([line, list]) => {
      const sorted = [...list].sort((a, b) =>
        compareAdvice(a.advice, b.advice)
      );
      return { line, severity: sorted[0].advice.severity, notes: sorted };
    });
}
