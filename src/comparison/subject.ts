/** What a comparison in the main area is about. */
import type { CellRecord, Session } from '../record/_session';

/** A session and what it is called. */
export interface INamedSession {
  readonly name: string;
  readonly session: Session;
}

export type Subject =
  /** Two runs of a cell of the notebook. */
  | {
      readonly kind: 'runs';
      readonly record: CellRecord;
      readonly other: CellRecord;
    }
  /** Two sessions; without the later one, the notebook's own as it goes on. */
  | {
      readonly kind: 'sessions';
      readonly before: INamedSession;
      readonly after: INamedSession | null;
    };
