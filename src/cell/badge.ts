import { Widget } from '@lumino/widgets';

import type { CellRecord } from '../record/_session';
import type { ISilenced } from '../record/derive';
import { mainMemory, memoryDelta, openAdvice } from '../record/derive';
import { formatBytes, formatBytesDelta, formatDuration } from '../record/units';
import type { ITranslate } from '../views/state';

/** One line under a profiled cell: time, change of memory, peak, advice. */
export class CellBadge extends Widget {
  /** @param open - called when the user asks for the detail */
  constructor(open: () => void, trans: ITranslate) {
    super();
    this._trans = trans;
    this.addClass('jp-Torchprof-badge');
    // Enter and space belong to the button, not to the notebook's shortcuts.
    this.node.dataset.lmSuppressShortcuts = 'true';
    this._button.type = 'button';
    this._button.addEventListener('click', open);
    this.node.append(this._button);
  }

  /** Show this run; a stale one is dimmed, and advice that was silenced is not counted. */
  display(record: CellRecord, stale: boolean, silenced?: ISilenced): void {
    const parts = describe(record, silenced, this._trans);
    this._button.replaceChildren(
      ...parts.map(({ text, kind }) => {
        const part = document.createElement('span');
        part.className = `jp-Torchprof-badge-${kind}`;
        part.textContent = text;
        return part;
      })
    );
    const words = parts.map(({ words }) => words);
    if (stale) {
      words.push(this._trans.__('the cell was edited since'));
    }
    const label = this._trans.__('Profile of this cell: %1', words.join(', '));
    this._button.setAttribute('aria-label', label);
    this._button.title = label;
    this.toggleClass('jp-mod-stale', stale);
  }

  private readonly _button = document.createElement('button');
  private readonly _trans: ITranslate;
}

/** A part of the badge: what stands there, and what a screen reader says. */
interface IPart {
  kind: 'time' | 'delta' | 'peak' | 'advice' | 'failed';
  text: string;
  words: string;
}

function describe(
  record: CellRecord,
  silenced: ISilenced | undefined,
  trans: ITranslate
): IPart[] {
  const duration = formatDuration(record.duration_s);
  const parts: IPart[] = [
    { kind: 'time', text: duration, words: trans.__('took %1', duration) }
  ];
  if (record.status !== 'ok') {
    const text =
      record.status === 'error' ? trans.__('failed') : trans.__('interrupted');
    parts.unshift({ kind: 'failed', text, words: text });
  }
  const memory = mainMemory(record);
  if (memory) {
    const delta = formatBytesDelta(memoryDelta(memory));
    const peak = formatBytes(memory.peak_bytes);
    // A sampled peak is a lower bound.
    const bound = memory.peak_is === 'sampled' ? '≥ ' : '';
    parts.push(
      {
        kind: 'delta',
        text: delta,
        words: trans.__('memory of %1 %2', memory.device, delta)
      },
      {
        kind: 'peak',
        text: trans.__('peak %1', bound + peak),
        words: bound
          ? trans.__('peak at least %1', peak)
          : trans.__('peak %1', peak)
      }
    );
  }
  const { length } = openAdvice(record, silenced);
  if (length > 0) {
    const text = trans._n('%1 suggestion', '%1 suggestions', length, length);
    parts.push({ kind: 'advice', text, words: text });
  }
  return parts;
}
