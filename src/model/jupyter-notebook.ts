import type { ICellModel, ICodeCellModel } from '@jupyterlab/cells';
import { isCodeCellModel } from '@jupyterlab/cells';
import type { Notebook, NotebookPanel } from '@jupyterlab/notebook';
import { NotebookActions } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';
import type { PartialJSONValue } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { JupyterPort } from '../kernel/jupyter-port';
import type { IKernelPort } from '../kernel/port';
import type { ICodeCell, IEditableSource, INotebook } from './notebook';

type SharedCell = ICodeCellModel['sharedModel'];

/** A notebook through JupyterLab's panel. It is disposed of with the panel. */
export class JupyterNotebook implements INotebook {
  constructor(readonly panel: NotebookPanel) {
    const { content, sessionContext } = panel;
    sessionContext.kernelChanged.connect(this._onKernel, this);
    content.modelChanged.connect(this._onModel, this);
    content.activeCellChanged.connect(this._onActiveCell, this);
    NotebookActions.executed.connect(this._onExecuted, this);
    NotebookActions.executionScheduled.connect(this._onScheduled, this);
    panel.disposed.connect(this.dispose, this);
    this._onKernel();
    this._onModel();
  }

  get path(): string {
    return this.panel.context.path;
  }

  get isReadOnly(): boolean {
    return this.panel.content.model?.readOnly ?? true;
  }

  get port(): IKernelPort | null {
    return this._port;
  }

  get portChanged(): ISignal<this, IKernelPort | null> {
    return this._portChanged;
  }

  get cellIds(): readonly string[] {
    this._cellIds ??= [...this._codeCells.keys()];
    return this._cellIds;
  }

  get revision(): number {
    return this._revision;
  }

  get cellsChanged(): ISignal<this, string | null> {
    return this._cellsChanged;
  }

  get counted(): ISignal<this, string> {
    return this._counted;
  }

  get activeCellId(): string | null {
    return this.panel.content.activeCell?.model.id ?? null;
  }

  get activePlace(): number {
    const { widgets, activeCellIndex } = this.panel.content;
    const above = widgets.slice(0, Math.max(0, activeCellIndex));
    return above.filter(({ model }) => model.type === 'code').length;
  }

  get activeCellChanged(): ISignal<this, string | null> {
    return this._activeCellChanged;
  }

  get scheduled(): ISignal<this, void> {
    return this._scheduled;
  }

  get executed(): ISignal<this, string> {
    return this._executed;
  }

  get disposed(): ISignal<this, void> {
    return this._disposed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  cell(cellId: string): ICodeCell | null {
    const model = this._codeCells.get(cellId);
    return model
      ? {
          id: cellId,
          isReadOnly: model.getMetadata('editable') === false,
          executionCount: model.sharedModel.execution_count,
          source: model.sharedModel as SharedCell & IEditableSource
        }
      : null;
  }

  holds(cellId: string): boolean {
    const cells = this.panel.content.model?.cells ?? [];
    return [...cells].some(({ id }) => id === cellId);
  }

  metadata(key: string): PartialJSONValue | undefined {
    return this.panel.content.model?.sharedModel.getMetadata(key);
  }

  setMetadata(key: string, value: PartialJSONValue | undefined): void {
    const shared = this.panel.content.model?.sharedModel;
    if (value === undefined) {
      shared?.deleteMetadata(key);
    } else {
      shared?.setMetadata(key, value);
    }
  }

  get metadataChanged(): ISignal<this, void> {
    return this._metadataChanged;
  }

  async reveal(cellId: string, focus: boolean): Promise<boolean> {
    const { content } = this.panel;
    const index = this._activate(cellId);
    if (index < 0) {
      return false;
    }
    // Not `scrollToCell`, which gives the cell's editor the focus.
    await content.scrollToItem(index, 'smart').catch(() => undefined);
    if (focus) {
      content.activate();
    }
    return true;
  }

  async revealLine(cellId: string, line: number): Promise<boolean> {
    if (!(await this.reveal(cellId, true))) {
      return false;
    }
    const { content } = this.panel;
    const cell = content.activeCell;
    await cell?.ready;
    const { editor } = cell ?? {};
    if (cell && editor && cell === content.activeCell) {
      cell.inputHidden = false;
      content.mode = 'edit';
      const place = { line: Math.min(line, editor.lineCount) - 1, column: 0 };
      editor.setCursorPosition(place);
      editor.revealPosition(place);
      editor.focus();
    }
    return true;
  }

  async run(cellId: string): Promise<boolean> {
    if (this._activate(cellId) < 0) {
      return false;
    }
    const { content, sessionContext } = this.panel;
    return NotebookActions.run(content, sessionContext);
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    NotebookActions.executed.disconnect(this._onExecuted, this);
    NotebookActions.executionScheduled.disconnect(this._onScheduled, this);
    this._port?.dispose();
    this._disposed.emit();
    // Ends both what we listen to and who listens to us.
    Signal.clearData(this);
  }

  /** Code cells by id, in the notebook's order. */
  private get _codeCells(): ReadonlyMap<string, ICodeCellModel> {
    if (!this._byId) {
      const cells = [...(this.panel.content.model?.cells ?? [])];
      this._byId = new Map(
        cells.filter(isCodeCellModel).map(cell => [cell.id, cell])
      );
    }
    return this._byId;
  }

  private _activate(cellId: string): number {
    const { content } = this.panel;
    const index = content.widgets.findIndex(({ model }) => model.id === cellId);
    if (index >= 0) {
      content.deselectAll();
      content.activeCellIndex = index;
    }
    return index;
  }

  private _onKernel(): void {
    const kernel = this.panel.sessionContext.session?.kernel ?? null;
    if (kernel === this._kernel && !this._port?.isDisposed) {
      // A restart is told as a change to the same kernel, and the link follows it by itself.
      return;
    }
    this._kernel = kernel;
    const former = this._port;
    this._port = kernel && !kernel.isDisposed ? new JupyterPort(kernel) : null;
    this._portChanged.emit(this._port);
    former?.dispose();
  }

  private _onModel(): void {
    const { model } = this.panel.content;
    model?.cells.changed.connect(this._onCells, this);
    model?.metadataChanged.connect(this._onMetadata, this);
    this._onCells();
    this._onMetadata();
  }

  private _onCells(): void {
    this._byId = null;
    this._cellIds = null;
    this._revision += 1;
    for (const { sharedModel } of this._codeCells.values()) {
      // Connecting twice does nothing.
      sharedModel.changed.connect(this._onShared, this);
    }
    this._cellsChanged.emit(null);
  }

  private _onShared(
    cell: SharedCell,
    change: { sourceChange?: unknown; executionCountChange?: unknown }
  ): void {
    if (change.executionCountChange) {
      this._counted.emit(cell.id);
    }
    if (change.sourceChange) {
      this._revision += 1;
      this._cellsChanged.emit(cell.id);
    }
  }

  private _onMetadata(): void {
    this._metadataChanged.emit();
  }

  private _onActiveCell(): void {
    this._activeCellChanged.emit(this.activeCellId);
  }

  private _onScheduled(_: unknown, { notebook }: { notebook: Notebook }): void {
    if (notebook === this.panel.content) {
      this._scheduled.emit();
    }
  }

  private _onExecuted(
    _: unknown,
    { notebook, cell }: { notebook: Notebook; cell: { model: ICellModel } }
  ): void {
    if (notebook === this.panel.content) {
      this._executed.emit(cell.model.sharedModel.getSource());
    }
  }

  private _activeCellChanged = new Signal<this, string | null>(this);
  private _byId: ReadonlyMap<string, ICodeCellModel> | null = null;
  private _cellIds: readonly string[] | null = null;
  private _cellsChanged = new Signal<this, string | null>(this);
  private _counted = new Signal<this, string>(this);
  private _disposed = new Signal<this, void>(this);
  private _executed = new Signal<this, string>(this);
  private _isDisposed = false;
  private _kernel: Kernel.IKernelConnection | null = null;
  private _metadataChanged = new Signal<this, void>(this);
  private _port: JupyterPort | null = null;
  private _revision = 0;
  private _scheduled = new Signal<this, void>(this);
  private _portChanged = new Signal<this, IKernelPort | null>(this);
}
