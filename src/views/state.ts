/**
 * What the views show and what a click does: plain data and callbacks, no JupyterLab.
 *
 * The panel, the notebook output and the HTML report render the same views; a surface that
 * cannot do something (the report can't jump to a cell) leaves the action out, and the views
 * leave out its button.
 */
import type {
  Advice,
  CellRecord,
  CellStarted,
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

/** The cell that runs at this moment. */
export interface IRunning {
  readonly cell: CellStarted;
  /** So far, oldest first, bounded. */
  readonly samples: readonly Sample[];
}

/** Everything that the panel shows of one notebook. */
export interface IPanelState {
  readonly connection: Connection;
  /** `null` until the kernel has sent its first session. */
  readonly session: Session | null;
  readonly running: IRunning | null;
  /** `run_id` of the run whose detail is open. */
  readonly selected: string | null;
  /** `run_id`s whose cell's source was edited since, or whose cell is gone. */
  readonly stale: ReadonlySet<string>;
  /** Cell ids in the notebook's order. Absent: no notebook at hand, order of first run is used. */
  readonly cellOrder?: readonly string[];
}

/** What a click does. Absent: not possible on this surface. */
export interface IViewActions {
  select?(runId: string | null): void;
  /** Scroll the notebook to the cell of this run and make it active. */
  jumpTo?(record: CellRecord): void;
  /** Show the fix as a diff. */
  preview?(record: CellRecord, advice: Advice): void;
  /** Apply the fix as one undo step; the surface reports success or the reason for refusal. */
  apply?(record: CellRecord, advice: Advice): void;
  exportReport?(): void;
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
