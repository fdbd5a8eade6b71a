/**
 * A notebook as the models and the fixes need it. JupyterLab's panel stands behind it in the
 * product (`jupyter-notebook.ts`), a fake in tests.
 */
import type { PartialJSONValue } from '@lumino/coreutils';
import type { IObservableDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';

import type { IKernelPort } from '../kernel/port';

/** The shared model of a cell, as far as edits need it; every change is one undo step. */
export interface IEditableSource {
  getSource(): string;
  updateSource(start: number, end: number, value?: string): void;
  transact(change: () => void): void;
  undo(): void;
  /** Yjs's undo manager, which merges changes that follow each other closely. */
  readonly undoManager: { stopCapturing(): void } | null;
}

/** One code cell. */
export interface ICodeCell {
  readonly id: string;
  readonly isReadOnly: boolean;
  readonly executionCount: number | null;
  readonly source: IEditableSource;
}

/** A notebook that is open. Cells are code cells; the others are not profiled. */
export interface INotebook extends IObservableDisposable {
  readonly path: string;
  readonly isReadOnly: boolean;

  /** Its kernel, `null` without one. */
  readonly port: IKernelPort | null;
  readonly portChanged: ISignal<INotebook, IKernelPort | null>;

  /** Ids in the notebook's order. */
  readonly cellIds: readonly string[];
  /** Another number after each `cellsChanged`. */
  readonly revision: number;
  /** The id of the cell that was edited, or `null`: cells came, went or moved. */
  readonly cellsChanged: ISignal<INotebook, string | null>;
  /** The cell of this id got another execution count. */
  readonly counted: ISignal<INotebook, string>;
  cell(cellId: string): ICodeCell | null;
  /** Whether there is a cell of this id, of whatever kind. */
  holds(cellId: string): boolean;

  /** What the document keeps under a key of its metadata; `undefined` for nothing. */
  metadata(key: string): PartialJSONValue | undefined;
  /** Keep a value in the document's metadata, or with `undefined` nothing any more. */
  setMetadata(key: string, value: PartialJSONValue | undefined): void;
  /** The document's metadata changed. */
  readonly metadataChanged: ISignal<INotebook, void>;

  readonly activeCellId: string | null;
  /** How many code cells stand above the active cell. */
  readonly activePlace: number;
  readonly activeCellChanged: ISignal<INotebook, string | null>;

  /** One of its cells is about to run. */
  readonly scheduled: ISignal<INotebook, void>;
  /** A cell of this source has run. */
  readonly executed: ISignal<INotebook, string>;

  /**
   * Make the cell active and scroll to it.
   *
   * @param focus - whether to put the keyboard's focus there too
   * @returns whether there is such a cell
   */
  reveal(cellId: string, focus: boolean): Promise<boolean>;

  /**
   * Go to a line of the cell: the cursor stands in it, and its editor has the focus.
   *
   * @param line - of the cell's text as it is now, from one
   * @returns whether there is such a cell
   */
  revealLine(cellId: string, line: number): Promise<boolean>;

  /** Run the cell, as if the user had pressed the key; whether it ran to its end. */
  run(cellId: string): Promise<boolean>;
}
