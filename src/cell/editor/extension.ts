/**
 * CodeMirror's part: heat beside the lines and underlines below them, both of which follow edits
 * until they are set anew.
 */
import type { EditorState, Extension } from '@codemirror/state';
import {
  Prec,
  RangeSet,
  RangeSetBuilder,
  StateEffect,
  StateField
} from '@codemirror/state';
import type { DecorationSet } from '@codemirror/view';
import {
  Decoration,
  EditorView,
  GutterMarker,
  ViewPlugin,
  gutter
} from '@codemirror/view';

import { clip } from '../../views/parts/text';
import type { ILineHeat } from './heat';
import type { INotedLine } from './notes';

/** The class of an editor that has no gutter but ours. */
const BARE = 'jp-mod-torchprofBare';

/** The cell was edited, or the kernel restarted. */
export type Stale = 'edited' | 'restarted';

/** What is drawn in one editor. Lines are lines of the document, from one. */
export interface ICellMarks {
  readonly heat: readonly ILineHeat[];
  /** What came since the run that heat is of, `null`: nothing. */
  readonly stale: Stale | null;
  readonly notes: readonly INotedLine[];
}

/** Nothing. */
export const NO_MARKS: ICellMarks = { heat: [], stale: null, notes: [] };

/** Draw these marks in place of those before. */
export const setMarks = StateEffect.define<ICellMarks>();

interface IDrawn {
  readonly heat: RangeSet<HeatMarker>;
  readonly underlines: DecorationSet;
}

const NOTHING: IDrawn = { heat: RangeSet.empty, underlines: Decoration.none };

/** A bar for time and a hatched one for memory, beside a line. */
class HeatMarker extends GutterMarker {
  constructor(
    readonly heat: ILineHeat,
    readonly stale: Stale | null
  ) {
    super();
  }

  override eq(other: HeatMarker): boolean {
    return this.heat === other.heat && this.stale === other.stale;
  }

  override toDOM(): Node {
    const { level, growthLevel } = this.heat;
    const node = document.createElement('div');
    node.className = 'jp-Torchprof-heatMark';
    node.classList.toggle('jp-mod-stale', this.stale !== null);
    for (const [kind, size] of [
      ['time', level],
      ['memory', growthLevel]
    ] as const) {
      if (size > 0) {
        const bar = document.createElement('span');
        bar.className = `jp-Torchprof-heatBar jp-mod-${kind}`;
        bar.dataset.level = String(size);
        node.append(bar);
      }
    }
    return node;
  }
}

const drawn = StateField.define<IDrawn>({
  create: () => NOTHING,
  update: (value, transaction) => {
    for (const effect of transaction.effects) {
      if (effect.is(setMarks)) {
        return draw(transaction.state, effect.value);
      }
    }
    return transaction.docChanged
      ? {
          heat: value.heat.map(transaction.changes),
          underlines: value.underlines.map(transaction.changes)
        }
      : value;
  },
  provide: field =>
    EditorView.decorations.from(field, ({ underlines }) => underlines)
});

/** What heat there is on the line that begins here. */
export function heatAt(
  state: EditorState,
  lineStart: number
): { heat: ILineHeat; stale: Stale | null } | null {
  let found: HeatMarker | null = null;
  state.field(drawn, false)?.heat.between(lineStart, lineStart, (_, __, at) => {
    found = at;
    return false;
  });
  return found;
}

/** The underlined line at a position, with what it is underlined for. */
export function notedAt(
  state: EditorState,
  from: number,
  to = from
): { from: number; to: number; noted: INotedLine } | null {
  let found: ReturnType<typeof notedAt> = null;
  const { underlines } = state.field(drawn, false) ?? NOTHING;
  underlines.between(from, to, (start, end, { spec }) => {
    found = {
      from: start,
      to: end,
      noted: (spec as { noted: INotedLine }).noted
    };
    return false;
  });
  return found;
}

/** What marks need of whoever explains them. */
export interface IHeatListener {
  /** The pointer is on the heat of a line. */
  enter(view: EditorView, lineStart: number): void;
  /** It is no longer. */
  leave(view: EditorView): void;
}

/** Marks of an editor; `setMarks` says which. */
export function cellMarks(listener: IHeatListener): Extension {
  return [
    drawn,
    // Before the line numbers; it has no width of its own, so nothing moves when it comes.
    Prec.high(
      gutter({
        class: 'jp-Torchprof-heat',
        markers: view => view.state.field(drawn).heat,
        domEventHandlers: {
          mouseover: (view, line, event) => {
            if ((event.target as Element).closest('.jp-Torchprof-heatMark')) {
              listener.enter(view, line.from);
            } else {
              listener.leave(view);
            }
            return false;
          },
          mouseleave: view => {
            listener.leave(view);
            return false;
          }
        }
      })
    ),
    // Where there are no line numbers, the editor shall look as it does without gutters.
    EditorView.updateListener.of(({ view }) => {
      const gutters = view.scrollDOM.querySelector('.cm-gutters')?.children;
      view.scrollDOM.classList.toggle(BARE, gutters?.length === 1);
    }),
    ViewPlugin.define(({ scrollDOM }) => ({
      destroy: () => scrollDOM.classList.remove(BARE)
    }))
  ];
}

function draw(state: EditorState, marks: ICellMarks): IDrawn {
  const { doc } = state;
  const heat = new RangeSetBuilder<HeatMarker>();
  let before = 0;
  for (const entry of marks.heat) {
    // Lines of a broken record may be out of order, or of a longer source.
    if (entry.line > before && entry.line <= doc.lines) {
      const { from } = doc.line(entry.line);
      heat.add(from, from, new HeatMarker(entry, marks.stale));
      before = entry.line;
    }
  }
  const underlines = new RangeSetBuilder<Decoration>();
  before = 0;
  for (const noted of marks.notes) {
    if (noted.line > before && noted.line <= doc.lines) {
      const { from, to, text } = doc.line(noted.line);
      const code = text.trimEnd().length;
      if (code > 0) {
        const start = from + text.length - text.trimStart().length;
        underlines.add(start, to - (text.length - code), underline(noted));
      }
      before = noted.line;
    }
  }
  return { heat: heat.finish(), underlines: underlines.finish() };
}

function underline(noted: INotedLine): Decoration {
  const titles = noted.notes.map(({ advice }) =>
    clip(advice.title, 200).replace(/`/g, '')
  );
  return Decoration.mark({
    attributes: {
      'aria-description': titles.join('; '),
      'data-severity': noted.severity
    },
    class: 'jp-Torchprof-underline',
    noted
  });
}
