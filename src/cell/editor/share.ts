/**
 * The share of the hottest line, at its right end: to be seen without pointing. It stands in a layer
 * of its own, so no code moves, and nothing of it can be selected or copied; where the code needs
 * the room, it is not there.
 */
import type { EditorState, Extension } from '@codemirror/state';
import { StateField } from '@codemirror/state';
import type { EditorView, LayerMarker, ViewUpdate } from '@codemirror/view';
import { layer } from '@codemirror/view';

import { formatPercent } from '../../record/units';
import type { ICellMarks, Stale } from './extension';
import { setMarks } from './extension';

/** Pixels of the widest share, and between it and the code. */
const ROOM = 44;
/** Pixels between it and the editor's edge. */
const EDGE = 6;

/** What is said, and of which line. */
interface IShare {
  /** Where the line begins. */
  readonly from: number;
  readonly text: string;
  readonly stale: Stale | null;
}

const said = StateField.define<IShare | null>({
  create: () => null,
  update: (value, transaction) => {
    for (const effect of transaction.effects) {
      if (effect.is(setMarks)) {
        return shareOf(transaction.state, effect.value);
      }
    }
    return value && transaction.docChanged
      ? { ...value, from: transaction.changes.mapPos(value.from, 1) }
      : value;
  }
});

/** The share that the marks of an editor give its hottest line. */
export function hottestShare(): Extension {
  return [
    said,
    layer({
      above: true,
      class: 'jp-Torchprof-heatShares',
      markers: view => {
        // It is drawn once more when marks are turned off, and the field is gone by then.
        const share = view.state.field(said, false);
        const marker = share && place(view, share);
        return marker ? [marker] : [];
      },
      update: isStirred
    })
  ];
}

/** What is said in an editor; `null`: nothing. */
export function shareIn(state: EditorState): string | null {
  return state.field(said, false)?.text ?? null;
}

function shareOf(
  { doc }: EditorState,
  { heat, stale }: ICellMarks
): IShare | null {
  const most = heat.find(({ isHottest }) => isHottest);
  return most && most.line <= doc.lines
    ? { from: doc.line(most.line).from, text: formatPercent(most.share), stale }
    : null;
}

function isStirred(update: ViewUpdate): boolean {
  return (
    update.docChanged ||
    update.geometryChanged ||
    update.viewportChanged ||
    update.startState.field(said, false) !== update.state.field(said, false)
  );
}

/** Beside the code where it has room; the layer's pixels are those of what scrolls. */
function place(view: EditorView, { from, text, stale }: IShare): Share | null {
  const { scrollDOM, state } = view;
  if (from > state.doc.length) {
    return null;
  }
  const end = view.coordsAtPos(state.doc.lineAt(from).to, -1);
  const { left, top } = scrollDOM.getBoundingClientRect();
  const width = scrollDOM.clientWidth;
  if (!end || end.right - left + ROOM > width * view.scaleX) {
    return null;
  }
  return new Share(
    text,
    stale,
    width + scrollDOM.scrollLeft - EDGE,
    (end.top - top) / view.scaleY + scrollDOM.scrollTop,
    (end.bottom - end.top) / view.scaleY,
    from === 0
  );
}

class Share implements LayerMarker {
  constructor(
    readonly text: string,
    readonly stale: Stale | null,
    /** Of its right end, in pixels. */
    readonly right: number,
    readonly top: number,
    readonly height: number,
    /** On the first line, over which JupyterLab puts the active cell's buttons. */
    readonly isFirst: boolean
  ) {}

  eq(other: Share): boolean {
    return (
      other.text === this.text &&
      other.stale === this.stale &&
      other.right === this.right &&
      other.top === this.top &&
      other.height === this.height &&
      other.isFirst === this.isFirst
    );
  }

  draw(): HTMLElement {
    const node = document.createElement('span');
    node.className = 'jp-Torchprof-heatShare';
    node.classList.toggle('jp-mod-stale', this.stale !== null);
    node.classList.toggle('jp-mod-first', this.isFirst);
    node.textContent = this.text;
    node.style.left = `${this.right}px`;
    node.style.top = `${this.top}px`;
    node.style.lineHeight = `${this.height}px`;
    return node;
  }
}
