import type { CellRecord, Session } from '../../record/_session';
import type { ISilenced } from '../../record/derive';
import type { ActionStates, Gone, ITranslate, IViewActions } from '../state';

/** What the advice of one run needs beside itself. */
export interface IAdviceContext {
  session: Session;
  record: CellRecord;
  /** Runs whose source was edited since: fixes of it do not fit any more. */
  stale: ReadonlySet<string>;
  /** Of these runs those whose cell is gone. Absent: none. */
  gone?: ReadonlyMap<string, Gone>;
  /** Advice whose fix is in the cells and has not run yet, by `adviceKey`. Absent: none. */
  applied?: ReadonlySet<string>;
  silenced: ISilenced;
  /** What came of actions. */
  states: ActionStates;
  /** A cell is running: the kernel does nothing else meanwhile. */
  busy: boolean;
  actions: IViewActions;
  trans: ITranslate;
}
