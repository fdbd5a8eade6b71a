import { MessageLoop } from '@lumino/messaging';
import { SplitPanel, Widget } from '@lumino/widgets';

/** Pixels that the panel has at least when it opens in a sidebar: no row has to leave anything out. */
export const OPENING = 320;
/** The most of the page that this may take. */
const MOST = 1 / 3;

/** Frames in which JupyterLab may lay the sidebar out anew. */
const FRAMES = 3;

/** Have the sidebar that opens with this widget as wide as it needs, before it is painted. */
export function widenSoon(widget: Widget, frames = FRAMES): void {
  requestAnimationFrame(() => {
    if (widget.isVisible) {
      widen(widget);
    }
    if (frames > 1) {
      widenSoon(widget, frames - 1);
    }
  });
}

function widen(widget: Widget): void {
  // What has the sidebar laid out is on its way.
  MessageLoop.flush();
  let side: Widget | null = widget;
  while (side && !(side.parent instanceof SplitPanel)) {
    side = side.parent;
  }
  const split = side?.parent;
  if (side && split instanceof SplitPanel) {
    const sizes = openingSizes(
      split.relativeSizes(),
      split.widgets.indexOf(side),
      split.node.clientWidth,
      // Of its side it has all but borders.
      widget.node.offsetWidth
    );
    if (sizes) {
      split.setRelativeSizes(sizes, false);
      MessageLoop.sendMessage(split, Widget.Msg.UpdateRequest);
    }
  }
}

/**
 * Shares of the width, with what the one at `index` lacks taken from the widest. `null`: it lacks
 * nothing.
 *
 * @param sizes - of all, their sum 1
 * @param width - of all together, pixels
 * @param now - of what stands at `index`, pixels
 */
export function openingSizes(
  sizes: readonly number[],
  index: number,
  width: number,
  now: number
): number[] | null {
  const pixels = Math.min(OPENING, MOST * width) - now;
  if (!(pixels >= 1)) {
    return null;
  }
  // Handles take a part of a pixel, too, and shares are rounded.
  const lacking = (pixels + 1) / width;
  const widest = sizes.indexOf(Math.max(...sizes));
  return sizes.map(
    (size, at) => size + (at === index ? lacking : at === widest ? -lacking : 0)
  );
}
