import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';

/** The widgets of a notebook's cells by their ids: a long notebook is not searched with each sample. */
export class CellWidgets {
  constructor(private readonly _panel: NotebookPanel) {}

  /** Those that are there of these ids; `null`: all. */
  of(ids: Iterable<string> | null): readonly Cell[] {
    const { widgets } = this._panel.content;
    if (ids === null) {
      return widgets;
    }
    const found: Cell[] = [];
    for (const id of new Set(ids)) {
      const place = this._placeOf(id, widgets);
      if (place >= 0) {
        found.push(widgets[place]);
      }
    }
    return found;
  }

  private _placeOf(id: string, widgets: readonly Cell[]): number {
    const known = this._places.get(id);
    if (known !== undefined && widgets[known]?.model.id === id) {
      return known;
    }
    const place = widgets.findIndex(({ model }) => model.id === id);
    if (place >= 0) {
      this._places.set(id, place);
    } else {
      this._places.delete(id);
    }
    return place;
  }

  /** Where each was found last. */
  private readonly _places = new Map<string, number>();
}
