/**
 * What the views show and what a click does: plain data and callbacks, no JupyterLab.
 *
 * The panel, the notebook output and the HTML report render the same views; a surface that
 * cannot do something (the report can't jump to a cell) leaves the action out, and the views
 * leave out its button.
 */
import type { ISilenced } from '../record/derive';
import type {
  Action,
  Advice,
  CellRecord,
  CellStarted,
  DeepProgress,
  RankNow,
  Sample,
  Session
} from '../record/_session';

/** How the front end stands with the kernel extension. */
export type Connection =
  /** No notebook is in front, or its kernel is not Python. */
  | { kind: 'none'; reason: 'no-notebook' | 'no-kernel' | 'not-python' }
  /** Loading the extension, or waiting for the kernel's first answer. */
  | { kind: 'connecting' }
  /** `enabled` is false after `%torchprof off`. */
  | { kind: 'connected'; enabled: boolean }
  /** The package is not in this kernel's environment; `install` is the line that puts it there. */
  | { kind: 'missing'; message: string; install: string }
  /** Autoload is off and the user has not loaded the extension. */
  | { kind: 'idle' }
  /** The kernel restarts, died or cannot be reached; what was measured is still shown. */
  | { kind: 'disconnected'; message: string };

/** A sample of the running cell: its places are told when it has ended. */
export interface ILiveSample extends Sample {
  /** Line of the cell that was running, if it is known. */
  readonly line?: number | null;
  /** What is recorded of it in depth, if anything is. */
  readonly deep?: DeepProgress | null;
  /** What the processes do that it has started. */
  readonly ranks?: readonly RankNow[];
}

/** The cell that runs at this moment. */
export interface IRunning {
  readonly cell: CellStarted;
  /** So far, oldest first, bounded. */
  readonly samples: readonly ILiveSample[];
  /**
   * When the last of them came, or the news of its start: the page's clock in milliseconds, as
   * `performance.now()`. Absent: nobody has looked at the clock.
   */
  readonly seen?: number;
}

/** What came of an action that the user asked for. */
export type ActionState =
  | { kind: 'waiting' }
  /** A sentence says what was done and what it freed, or why it could not be done. */
  | { kind: 'done'; ok: boolean; message: string };

/** What came of actions, by `actionKey` or `holdingKey`, the latest last. */
export type ActionStates = ReadonlyMap<string, ActionState>;

/** Why the cell of a run is not there. */
export type Gone =
  /** It was in a notebook that is still open. */
  | 'deleted'
  /** No notebook that is open has it, and nobody saw it there. */
  | 'unknown';

/** Everything that the panel shows of one notebook. */
export interface IPanelState {
  readonly connection: Connection;
  /** `null` until the kernel has sent its first session. */
  readonly session: Session | null;
  readonly running: IRunning | null;
  /** `run_id` of the run whose detail is open. */
  readonly selected: string | null;
  /** Grows each time that the focus is to go into the open detail. Absent: it never is. */
  readonly entries?: number;
  /** `run_id`s whose cell's source was edited since, or whose cell is gone. */
  readonly stale: ReadonlySet<string>;
  /** Of these runs those whose cell is gone, by `run_id`. Absent: none. */
  readonly gone?: ReadonlyMap<string, Gone>;
  /** Advice whose fix is in the cells and has not run yet, by `adviceKey`. Absent: none. */
  readonly applied?: ReadonlySet<string>;
  /** Cell ids in the notebook's order. Absent: no notebook at hand, order of first run is used. */
  readonly cellOrder?: readonly string[];
  /** Advice that the user does not want to hear. Absent: none. */
  readonly silenced?: ISilenced;
  /** What came of actions. Absent: none was asked for. */
  readonly actions?: ActionStates;
  /** Runs that are kept at most. Absent: all. */
  readonly history?: number;
}

/** What a click does. Absent: not possible on this surface. */
export interface IViewActions {
  select?(runId: string | null): void;
  /** Close the detail of a run, and put the keyboard's focus into its cell. */
  leave?(record: CellRecord): void;
  /**
   * Scroll the notebook to the cell of this run and make it active; `inFront`: also if another tab
   * is before the notebook.
   */
  jumpTo?(record: CellRecord, inFront?: boolean): void;
  /** Go to a line of the text that this run had, in its cell. */
  goToLine?(record: CellRecord, line: number): void;
  /** What opens a module that this run used, at a line; `null`: it cannot be opened from here. */
  openerOf?(record: CellRecord, path: string): ((line: number) => void) | null;
  /** Show the fix as a diff. */
  preview?(record: CellRecord, advice: Advice): void;
  /** Apply the fix as one undo step; the surface reports success or the reason for refusal. */
  apply?(record: CellRecord, advice: Advice): void;
  /** Run what an applied fix has changed, and the cell that it was found on. */
  run?(record: CellRecord, advice: Advice): void;
  /** Apply all fixes of the notebook that are safe; what will be done is shown first. */
  applySafe?(): void;
  /** Have the kernel carry out an action of the advice; the state says what came of it. */
  act?(record: CellRecord, advice: Advice, action: Action): void;
  /** Run the cell of a run again, and have that recorded in depth. */
  deepen?(record: CellRecord): void;
  /** End what is recorded in depth of the cell that runs; the program goes on. */
  stopDeep?(): void;
  /** Save what this run recorded in depth, event by event. */
  saveTrace?(record: CellRecord): void;
  /**
   * Have the kernel run work that was recorded in depth again, in another way; says why it could
   * not, or `null`: the record has what was measured.
   */
  tryOut?(
    record: CellRecord,
    work: number,
    alternative: string
  ): Promise<string | null>;
  /** Open what this run recorded in depth in a Perfetto in another tab. */
  openTrace?(record: CellRecord): void;
  /**
   * Have the kernel measure what the devices of this run's deep profile do at best; says why it was
   * not, or `null`: the record has it.
   */
  measureRoofs?(record: CellRecord): Promise<string | null>;
  /** Have the kernel let go of what holds memory; the state says what came of it. */
  release?(action: Action): void;
  /** Dismiss the advice of this rule on this cell, or bring it back. */
  dismiss?(advice: Advice, isDismissed: boolean): void;
  /** Turn the rule off for good. */
  turnOff?(rule: string): void;
  /** Explain the rule. */
  learnMore?(rule: string): void;
  /** Where the run stands in this document: a link in place of `jumpTo`. */
  hrefOf?(record: CellRecord): string;
  exportReport?(): void;
  /** Show this run beside another of its cell; absent: the last one before the source changed. */
  compare?(record: CellRecord, other?: CellRecord): void;
  /** Show the session beside a saved one, which is asked for. */
  compareSession?(): void;
  /** Save the session, to be compared later. */
  saveSession?(): void;
  /** Load the kernel extension now. */
  load?(): void;
}

/** The part of JupyterLab's `TranslationBundle` that the views use. */
export interface ITranslate {
  __(text: string, ...values: (string | number)[]): string;
  _n(
    singular: string,
    plural: string,
    n: number,
    ...values: (string | number)[]
  ): string;
}
