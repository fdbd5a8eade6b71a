/** Puts what is said of a line beside it: while the pointer rests there, or on request. */
import type { Extension } from '@codemirror/state';
import { StateEffect, StateField } from '@codemirror/state';
import type { EditorView, Tooltip, TooltipView } from '@codemirror/view';
import {
  closeHoverTooltips,
  hasHoverTooltips,
  hoverTooltip,
  EditorView as View,
  showTooltip
} from '@codemirror/view';
import * as React from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';

import type { ITranslate } from '../../views/state';
import type { INote } from '../history';
import type { INoteActions } from './card';
import { AdviceCards, HeatCard } from './card';
import type { IHeatListener } from './extension';
import { heatAt, notedAt } from './extension';

/** Milliseconds for which the pointer rests on heat before its numbers come. */
const REST = 200;

/** What the tooltips need of the notebook. */
export interface ITooltipHost {
  /** Whether the fix still fits all cells that it edits. */
  fits(note: INote): boolean;
  readonly actions: INoteActions;
  readonly trans: ITranslate;
}

/** Show this tooltip, or with `null` none. */
const setShown = StateEffect.define<Tooltip | null>();

/** One at a time; it goes when the text changes. */
const shown = StateField.define<Tooltip | null>({
  create: () => null,
  update: (value, { docChanged, effects }) => {
    let next = docChanged ? null : value;
    for (const effect of effects) {
      if (effect.is(setShown)) {
        next = effect.value;
      }
    }
    return next;
  },
  provide: field => showTooltip.from(field)
});

/** Tooltips of an editor with marks. */
export class MarkTooltips implements IHeatListener {
  constructor(private readonly _host: ITooltipHost) {
    this.extension = [
      shown,
      hoverTooltip((view, pos) => this._noted(view, pos), {
        hideOnChange: true
      }),
      View.domEventHandlers({
        keydown: ({ key }, view) => {
          if (key === 'Escape') {
            close(view);
          }
          return false;
        }
      })
    ];
  }

  readonly extension: Extension;

  /** The pointer is on the heat of a line. */
  enter(view: EditorView, lineStart: number): void {
    this._clear();
    this._timer = window.setTimeout(() => {
      // The document may have become shorter meanwhile.
      const found =
        lineStart <= view.state.doc.length
          ? heatAt(view.state, lineStart)
          : null;
      if (found) {
        const { trans } = this._host;
        view.dispatch({
          effects: setShown.of({
            pos: lineStart,
            above: true,
            create: () =>
              makeCard(<HeatCard {...found} trans={trans} />, {
                role: 'tooltip'
              })
          })
        });
      }
    }, REST);
  }

  /** It is no longer. */
  leave(view: EditorView): void {
    this._clear();
    if (view.state.field(shown, false)) {
      close(view);
    }
  }

  /**
   * Show the advice on the line of the cursor, else on the next line that has some, and put the
   * focus on its first button.
   *
   * @returns whether there is any
   */
  showAtCursor(view: EditorView): boolean {
    const { doc, selection } = view.state;
    const line = doc.lineAt(selection.main.head);
    const found =
      notedAt(view.state, line.from, doc.length) ??
      notedAt(view.state, 0, line.from);
    if (!found) {
      return false;
    }
    const tooltip = this._advice(view, found);
    view.dispatch({
      effects: [
        closeHoverTooltips,
        setShown.of({
          ...tooltip,
          create: () => {
            const card = tooltip.create(view);
            return {
              ...card,
              mount: () =>
                card.dom.querySelector<HTMLElement>('button')?.focus()
            };
          }
        }),
        View.scrollIntoView(found.from)
      ]
    });
    return true;
  }

  private _noted(view: EditorView, pos: number): Tooltip | null {
    const found = view.state.field(shown, false)
      ? null
      : notedAt(view.state, pos);
    return found && this._advice(view, found);
  }

  private _advice(
    view: EditorView,
    { from, to, noted }: NonNullable<ReturnType<typeof notedAt>>
  ): Tooltip {
    const { actions, fits, trans } = this._host;
    const leaving =
      (act: (note: INote) => void): ((note: INote) => void) =>
      note => {
        close(view);
        act(note);
      };
    const create = () => {
      const card = makeCard(
        <AdviceCards
          notes={noted.notes}
          fits={fits}
          actions={{
            preview: leaving(actions.preview),
            apply: leaving(actions.apply),
            isApplied: actions.isApplied,
            run: leaving(actions.run),
            open: leaving(actions.open)
          }}
          trans={trans}
        />,
        {
          role: 'dialog',
          'aria-label': trans.__('Advice on line %1', noted.line)
        }
      );
      card.dom.addEventListener('keydown', ({ key }) => {
        if (key === 'Escape') {
          close(view);
          view.focus();
        }
      });
      card.dom.addEventListener('focusout', ({ relatedTarget }) => {
        if (!card.dom.contains(relatedTarget as Node | null)) {
          close(view);
        }
      });
      return card;
    };
    return { pos: from, end: to, above: true, create };
  }

  private _clear(): void {
    window.clearTimeout(this._timer);
  }

  private _timer = 0;
}

/** Take away whatever is shown. */
function close(view: EditorView): void {
  const { state } = view;
  if (state.field(shown, false) || hasHoverTooltips(state)) {
    view.dispatch({ effects: [closeHoverTooltips, setShown.of(null)] });
  }
}

function makeCard(
  content: JSX.Element,
  attributes: Record<string, string>
): TooltipView {
  const dom = document.createElement('div');
  dom.className = 'jp-Torchprof-card';
  // Keys belong to the buttons, not to JupyterLab's shortcuts.
  dom.dataset.lmSuppressShortcuts = 'true';
  for (const [name, value] of Object.entries(attributes)) {
    dom.setAttribute(name, value);
  }
  const root = createRoot(dom);
  // At once, since its size decides where it goes.
  flushSync(() => root.render(content));
  return {
    dom,
    destroy: () => {
      // React may be the one that is closing it.
      window.setTimeout(() => root.unmount());
    }
  };
}
