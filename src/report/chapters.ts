/** What stands in a report, in its order; what has nothing to say is left out. */
import { adviceGroups } from '../record/advice-order';
import { latestRuns } from '../record/derive';
import type { CellRecord, Session } from '../record/_session';
import type { ITranslate } from '../views/state';
import { hasChanges } from './comparison';

/** The addresses of the chapters. */
export type ChapterId =
  | 'overview'
  | 'timeline'
  | 'advice'
  | 'comparison'
  | 'cells'
  | 'changes'
  | 'placement'
  | 'environment';

/** One line of the table of contents. */
export interface IChapter {
  readonly id: ChapterId;
  readonly title: string;
}

/**
 * The chapters of a session's report.
 *
 * @param hasBaseline - there is an earlier session to compare with
 */
export function chaptersOf(
  session: Session,
  hasBaseline: boolean,
  trans: ITranslate
): IChapter[] {
  const cells = session.cells ?? [];
  const all: [ChapterId, string, boolean][] = [
    ['overview', trans.__('Overview'), true],
    ['timeline', trans.__('Timeline'), cells.length > 1],
    ['advice', trans.__('Advice'), adviceGroups(session).length > 0],
    ['comparison', trans.__('Comparison'), hasBaseline],
    ['cells', trans.__('Cells'), true],
    ['changes', trans.__('Changes'), hasChanges(session)],
    ['placement', trans.__('Placement'), lastPlaced(session) !== null],
    ['environment', trans.__('Environment'), true]
  ];
  return all.flatMap(([id, title, shown]) => (shown ? [{ id, title }] : []));
}

/** The run after which it is known last what the variables hold, `null` if there is none. */
export function lastPlaced(session: Session): CellRecord | null {
  const placed = latestRuns(session).filter(
    ({ placement }) => (placement?.totals ?? []).length > 0
  );
  return placed.reduce<CellRecord | null>(
    (last, record) =>
      last && last.started_at > record.started_at ? last : record,
    null
  );
}
