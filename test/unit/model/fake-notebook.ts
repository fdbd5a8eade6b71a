import type { YCodeCell } from '@jupyter/ydoc';
import { YNotebook } from '@jupyter/ydoc';
import type { PartialJSONValue } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';

import type { IKernelPort } from '../../../src/kernel/port';
import type { ICodeCell, INotebook } from '../../../src/model/notebook';

/** A notebook without widgets; its cells are the real shared models, undo included. */
export class FakeNotebook implements INotebook {
  constructor(sources: Record<string, string> = {}) {
    this.cellsChanged.connect(() => (this.revision += 1));
    for (const [id, source] of Object.entries(sources)) {
      this.insert(id, source);
    }
  }

  path = 'work/inference.ipynb';
  isReadOnly = false;
  isDisposed = false;
  revision = 0;
  port: IKernelPort | null = null;
  activeCellId: string | null = null;
  readonly readOnlyCells = new Set<string>();
  readonly revealed: [string, boolean][] = [];
  readonly revealedLines: [string, number][] = [];
  readonly ran: string[] = [];
  readonly shared = YNotebook.create({
    disableDocumentWideUndoRedo: true
  });

  readonly portChanged = new Signal<this, IKernelPort | null>(this);
  readonly cellsChanged = new Signal<this, string | null>(this);
  readonly activeCellChanged = new Signal<this, string | null>(this);
  readonly counted = new Signal<this, string>(this);
  readonly scheduled = new Signal<this, void>(this);
  readonly executed = new Signal<this, string>(this);
  readonly disposed = new Signal<this, void>(this);

  readonly metadataChanged = new Signal<this, void>(this);

  metadata(key: string): PartialJSONValue | undefined {
    return this.shared.getMetadata(key);
  }

  setMetadata(key: string, value: PartialJSONValue | undefined): void {
    if (value === undefined) {
      this.shared.deleteMetadata(key);
    } else {
      this.shared.setMetadata(key, value);
    }
    this.metadataChanged.emit();
  }

  get cellIds(): string[] {
    return this.shared.cells.map(cell => cell.id);
  }

  get activePlace(): number {
    return Math.max(0, this.cellIds.indexOf(this.activeCellId ?? ''));
  }

  /** The shared model of a cell that is there. */
  model(cellId: string): YCodeCell {
    return this.shared.cells.find(({ id }) => id === cellId) as YCodeCell;
  }

  cell(cellId: string): ICodeCell | null {
    const source = this.model(cellId);
    const isReadOnly = this.readOnlyCells.has(cellId);
    const executionCount = source?.execution_count ?? null;
    return source ? { id: cellId, isReadOnly, executionCount, source } : null;
  }

  /** Ids of cells that the user has made Markdown of. */
  readonly prose = new Set<string>();

  holds(cellId: string): boolean {
    return this.prose.has(cellId) || this.cellIds.includes(cellId);
  }

  /** Add a cell at the end. */
  insert(id: string, source: string): void {
    // The shared model warns of its own way of making a cell.
    const warnings = jest.spyOn(console, 'warn').mockImplementation();
    this.shared.addCell({ id, cell_type: 'code', source });
    warnings.mockRestore();
    this.cellsChanged.emit(null);
  }

  /** The user deletes a cell. */
  remove(cellId: string): void {
    this.shared.deleteCell(this.cellIds.indexOf(cellId));
    this.cellsChanged.emit(null);
  }

  /** The user types into a cell, in place of all that stands there. */
  type(cellId: string, source: string): void {
    const cell = this.model(cellId);
    cell.updateSource(0, cell.getSource().length, source);
    this.cellsChanged.emit(cellId);
  }

  /** The server, or the page, says how often the kernel has executed. */
  count(cellId: string, count: number | null): void {
    this.model(cellId).execution_count = count;
    this.counted.emit(cellId);
  }

  /** The user clicks into a cell. */
  click(cellId: string): void {
    this.activeCellId = cellId;
    this.activeCellChanged.emit(cellId);
  }

  /** The notebook gets another kernel, or none. */
  setPort(port: IKernelPort | null): void {
    const former = this.port;
    this.port = port;
    this.portChanged.emit(port);
    former?.dispose();
  }

  async reveal(cellId: string, focus: boolean): Promise<boolean> {
    this.revealed.push([cellId, focus]);
    return this.cell(cellId) !== null;
  }

  async revealLine(cellId: string, line: number): Promise<boolean> {
    this.revealedLines.push([cellId, line]);
    return this.cell(cellId) !== null;
  }

  /** Cells that fail when they run. */
  readonly failing = new Set<string>();

  async run(cellId: string): Promise<boolean> {
    this.ran.push(cellId);
    return !this.failing.has(cellId);
  }

  dispose(): void {
    if (!this.isDisposed) {
      this.isDisposed = true;
      this.port?.dispose();
      this.disposed.emit();
      Signal.clearData(this);
    }
  }
}
