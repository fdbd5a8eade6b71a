import { Compartment } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';
import type { Cell } from '@jupyterlab/cells';
import type { CodeEditor } from '@jupyterlab/codeeditor';
import { CodeMirrorEditor } from '@jupyterlab/codemirror';
import type { IDisposable } from '@lumino/disposable';

import '../../../style/editor.css';

import type { NotebookProfile } from '../../model/notebook-profile';
import type { CellRecord, Session } from '../../record/_session';
import { fixFits } from '../../record/derive';
import { runsToShow, textsOf } from '../../record/texts';
import { historyOf } from '../history';
import type { ICellMarks } from './extension';
import { NO_MARKS, cellMarks, setMarks } from './extension';
import type { ILineHeat } from './heat';
import { lineHeat } from './heat';
import { mapLines } from '../../record/line-map';
import { notedLines } from './notes';
import { hottestShare } from './share';
import type { ITooltipHost } from './tooltips';
import { MarkTooltips } from './tooltips';

/** What marks are made of; the settings decide which there are. */
export interface IMarkOptions extends Omit<ITooltipHost, 'fits'> {
  readonly profile: NotebookProfile;
  hasHeat(): boolean;
  hasUnderlines(): boolean;
}

/** Heat, and whether it is of a run before the kernel was restarted. */
interface IHeat {
  readonly heat: readonly ILineHeat[];
  readonly former: boolean;
}

const NO_HEAT: IHeat = { heat: [], former: false };

/** One editor that has our extension. */
interface IMarked {
  readonly compartment: Compartment;
  readonly tooltips: MarkTooltips;
  readonly view: EditorView;
}

/** Heat and underlines in the editors of one notebook's cells. */
export class EditorMarks implements IDisposable {
  constructor(private readonly _options: IMarkOptions) {}

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** The other cells whose marks depend on this one. */
  related(cellId: string): readonly string[] {
    const { session } = this._options.profile.model ?? {};
    // Those that have its advice now, and those that had it when they were drawn.
    return [
      ...(session ? historyOf(session).advised(cellId) : []),
      ...[...this._advisedBy].flatMap(([id, by]) => (by.has(cellId) ? id : [])),
      ...(session ? historyOf(session).called(cellId) : [])
    ];
  }

  /** Bring the marks of a cell up to date. */
  update(cell: Cell): void {
    if (this._isDisposed || cell.isDisposed || cell.model.type !== 'code') {
      return;
    }
    const marks = this._marksOf(cell);
    this._remember(cell.model.id, marks);
    const isEmpty = marks.heat.length === 0 && marks.notes.length === 0;
    const marked = this._marked.get(cell);
    if (isEmpty) {
      if (marked) {
        this._remove(cell, marked);
      }
      return;
    }
    const view = viewOf(cell.editor);
    if (!view) {
      void this._wait(cell);
      return;
    }
    if (view.composing) {
      // Text that is being composed must not be drawn anew; the next change brings us here again.
      return;
    }
    const { view: drawnIn } = marked ?? this._add(cell, view);
    drawnIn.dispatch({ effects: setMarks.of(marks) });
  }

  /**
   * Show the advice on the line of the cursor, or on the next that has some.
   *
   * @returns whether the cell has any
   */
  showAtCursor(cell: Cell): boolean {
    const marked = this._marked.get(cell);
    return marked ? marked.tooltips.showAtCursor(marked.view) : false;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      for (const [cell, marked] of this._marked) {
        this._remove(cell, marked);
      }
    }
  }

  private _marksOf(cell: Cell): ICellMarks {
    const { profile, hasHeat, hasUnderlines } = this._options;
    const session = profile.model?.session;
    if (!session) {
      return NO_MARKS;
    }
    const { id, sharedModel } = cell.model;
    const history = historyOf(session);
    const record = history.latest(id);
    const { heat, former } =
      record && hasHeat() ? this._heatOf(record, session) : NO_HEAT;
    const notes = hasUnderlines() ? history.notes(id) : [];
    if (heat.length === 0 && notes.length === 0) {
      return NO_MARKS;
    }
    const source = sharedModel.getSource();
    const isEdited = record?.source !== source;
    return {
      heat: record && isEdited ? moved(heat, record.source, source) : heat,
      stale: isEdited ? 'edited' : former ? 'restarted' : null,
      notes: notedLines(notes, source, profile.silenced, note =>
        profile.isStale(note.record)
      )
    };
  }

  private _remember(cellId: string, { notes }: ICellMarks): void {
    const by = notes.flatMap(line =>
      line.notes.map(({ record }) => record.cell_id)
    );
    if (by.length > 0) {
      this._advisedBy.set(cellId, new Set(by));
    } else {
      this._advisedBy.delete(cellId);
    }
  }

  /** What is known of the lines of a text, which may have run in another cell. */
  private _heatOf(text: CellRecord, session: Session): IHeat {
    for (const record of runsToShow(text, textsOf(session))) {
      const heat = this._heatIn(record, text);
      if (heat.length > 0) {
        return { heat, former: record.former ?? false };
      }
    }
    return NO_HEAT;
  }

  /** Heat of a run, which stays what it is. */
  private _heatIn(record: CellRecord, text: CellRecord): ILineHeat[] {
    const byText = this._heat.get(record) ?? new Map<string, ILineHeat[]>();
    this._heat.set(record, byText);
    let heat = byText.get(text.source_hash);
    if (!heat) {
      heat = lineHeat(record, text);
      byText.set(text.source_hash, heat);
    }
    return heat;
  }

  private _add(cell: Cell, view: EditorView): IMarked {
    const { actions, profile, trans } = this._options;
    const fits: ITooltipHost['fits'] = ({ advice }) => {
      const session = profile.model?.session;
      return session && advice.fix
        ? fixFits(session, advice.fix, profile.stale)
        : false;
    };
    const tooltips = new MarkTooltips({ actions, fits, trans });
    const marked = { compartment: new Compartment(), tooltips, view };
    this._marked.set(cell, marked);
    cell.disposed.connect(() => this._marked.delete(cell));
    const extension = [cellMarks(tooltips), hottestShare(), tooltips.extension];
    (cell.editor as CodeMirrorEditor).injectExtension(
      marked.compartment.of(extension)
    );
    return marked;
  }

  /** Take everything out of the editor again. */
  private _remove(cell: Cell, { compartment, view }: IMarked): void {
    this._marked.delete(cell);
    if (!cell.isDisposed) {
      view.dispatch({ effects: compartment.reconfigure([]) });
    }
  }

  /** Cells out of view get their editor when they come into view. */
  private async _wait(cell: Cell): Promise<void> {
    if (!this._waiting.has(cell)) {
      this._waiting.add(cell);
      await cell.ready;
      if (!cell.isDisposed && cell.editor) {
        this._waiting.delete(cell);
        this.update(cell);
      }
    }
  }

  /** Ids of the cells whose advice is drawn, by the cell that it is drawn in. */
  private readonly _advisedBy = new Map<string, Set<string | null>>();
  /** By run, and hash of the text. */
  private readonly _heat = new WeakMap<CellRecord, Map<string, ILineHeat[]>>();
  private _isDisposed = false;
  private readonly _marked = new Map<Cell, IMarked>();
  private readonly _waiting = new WeakSet<Cell>();
}

function viewOf(editor: CodeEditor.IEditor | null): EditorView | null {
  return editor instanceof CodeMirrorEditor && !editor.isDisposed
    ? editor.editor
    : null;
}

/** Heat where its lines stand now; what was changed has none. */
function moved(
  heat: readonly ILineHeat[],
  before: string,
  after: string
): ILineHeat[] {
  const map = mapLines(before, after);
  return heat
    .map(entry => ({ ...entry, line: (map[entry.line - 1] ?? -1) + 1 }))
    .filter(({ line }) => line > 0);
}
