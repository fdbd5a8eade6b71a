import { Widget } from '@lumino/widgets';

import type { CellRecord } from '../record/_session';
import type { ISilenced } from '../record/derive';
import type { ITranslate } from '../views/state';
import { startedWords } from '../views/parts/started';
import { accelerators } from './badge-minimum';
import type { IPart } from './badge-parts';
import { describeRun } from './badge-parts';
import { sparkline, sparklineWords } from './sparkline';

/** One line under a profiled cell: time, advice, memory of each device, the last runs. */
export class CellBadge extends Widget {
  /** @param open - called when the user asks for the detail, by the keyboard or by a pointer */
  constructor(open: (byKeyboard: boolean) => void, trans: ITranslate) {
    super();
    this._trans = trans;
    this.addClass('jp-Torchprof-badge');
    // Enter and space belong to the button, not to the notebook's shortcuts.
    this.node.dataset.lmSuppressShortcuts = 'true';
    this._button.type = 'button';
    // Enter and space make a click of no pointer.
    this._button.addEventListener('click', ({ detail }) => open(detail === 0));
    this.node.append(this._button);
  }

  /**
   * Show the last of these runs; one that is stale, or from before a restart, is dimmed, and
   * advice that was silenced is not counted.
   *
   * @param applied - advice whose fix is in the cells and has not run yet, by `adviceKey`
   * @param devices - accelerators that the session has
   */
  display(
    runs: readonly CellRecord[],
    stale: boolean,
    silenced?: ISilenced,
    applied?: ReadonlySet<string>,
    devices?: number
  ): void {
    const last = runs[runs.length - 1];
    const parts = describeRun(
      last,
      silenced,
      applied,
      devices ?? accelerators(last).length,
      this._trans
    );
    const words = [
      ...parts.map(({ words }) => words),
      sparklineWords(runs, this._trans),
      last.former ? this._trans.__('before the kernel was restarted') : '',
      stale ? this._trans.__('the cell was edited since') : ''
    ];
    this._draw(parts, words, sparkline(runs), startedWords(last, this._trans));
    this.toggleClass('jp-mod-stale', stale || last.former === true);
    this.toggleClass('jp-mod-running', false);
  }

  /** Show what a cell has used so far that is running; the last runs stay where they are. */
  displayRunning(
    parts: readonly IPart[],
    runs: readonly CellRecord[] = []
  ): void {
    const words = parts.map(({ words }) => words);
    this._draw(parts, words, sparkline(runs));
    this.toggleClass('jp-mod-stale', false);
    this.toggleClass('jp-mod-running', true);
  }

  private _draw(
    parts: readonly IPart[],
    words: readonly string[],
    spark: SVGSVGElement | null,
    more = ''
  ): void {
    const label = this._trans.__(
      'Profile of this cell: %1',
      words.filter(word => word !== '').join(', ')
    );
    const bars = spark?.outerHTML ?? '';
    const drawn = JSON.stringify([label, bars, parts, more]);
    if (drawn === this._drawn) {
      return;
    }
    this._drawn = drawn;
    this._button.replaceChildren(
      ...parts.map(({ text, kind }) => element(kind, text))
    );
    if (spark) {
      const last = element('runs', '');
      last.append(spark);
      this._button.append(last);
    }
    this._button.setAttribute('aria-label', label);
    this._button.title = [label, more].join('\n').trim();
  }

  private readonly _button = document.createElement('button');
  /** What stands there, as text: most updates change nothing. */
  private _drawn = '';
  private readonly _trans: ITranslate;
}

function element(kind: string, text: string): HTMLElement {
  const part = document.createElement('span');
  part.className = `jp-Torchprof-badge-${kind}`;
  part.textContent = text;
  return part;
}
