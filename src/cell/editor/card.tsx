/** What is said of a line: what it costs, and what could be better. */
import * as React from 'react';

import { HOST } from '../../record/derive';
import {
  formatBytesDelta,
  formatDuration,
  formatPercent
} from '../../record/units';
import { isolated } from '../../record/visible';
import { AdviceIcon, CheckIcon } from '../../views/parts/icons';
import { Gain } from '../../views/advice/remedy';
import { Prose, Text, clip } from '../../views/parts/text';
import type { ITranslate } from '../../views/state';
import type { INote } from '../history';
import type { Stale } from './extension';
import type { IGrowth } from './growth';
import type { ILineHeat } from './heat';
import { likelyShare } from './heat';

/** What the buttons do. */
export interface INoteActions {
  preview(note: INote): void;
  apply(note: INote): void;
  /** Whether its fix is in the cells and has not run yet. */
  isApplied(note: INote): boolean;
  /** Run what its fix has changed. */
  run(note: INote): void;
  open(note: INote): void;
}

/** `"62% of 3.1 s (90 samples)"`, growth of memory, and how exact that is. */
export function HeatCard(props: {
  heat: ILineHeat;
  /** What came since the run, `null`: nothing. */
  stale: Stale | null;
  trans: ITranslate;
}): JSX.Element {
  const { heat, stale, trans } = props;
  const { share, samples, total, growth } = heat;
  const [least, most] = likelyShare(share, total);
  const facts = growth.map(entry => growthWords(entry, trans));
  if (samples > 0) {
    facts.unshift(
      trans._n(
        '%2 (one sample)',
        '%2 (%1 samples)',
        samples,
        shareWords(heat, trans)
      )
    );
  }
  return (
    <>
      <p>
        <strong>
          <Text value={facts.join(' · ')} />
        </strong>
      </p>
      <p className="jp-Torchprof-cardNote">
        {heat.level > 0 &&
          trans.__(
            'By sampling: the share lies between %1 and %2.',
            formatPercent(least),
            formatPercent(most)
          )}{' '}
        {growth.length > 0 && trans.__('Memory as it was at the samples.')}{' '}
        {stale === 'edited' && trans.__('Measured before the cell was edited.')}
        {stale === 'restarted' &&
          trans.__('Measured before the kernel was restarted.')}
      </p>
    </>
  );
}

/** Of the cell's own time, or of that of the cell which ran what stands here. */
function shareWords(
  { by, seconds, share }: ILineHeat,
  trans: ITranslate
): string {
  const percent = formatPercent(share);
  if (!by) {
    return trans.__('%1 of %2', percent, formatDuration(seconds));
  }
  return typeof by.execution_count === 'number'
    ? trans.__("%1 of [%2]'s time was here", percent, by.execution_count)
    : trans.__("%1 of another cell's time was here", percent);
}

/** The advice on a line, each with what can be done. */
export function AdviceCards(props: {
  notes: readonly INote[];
  /** Whether the fix still fits all cells that it edits. */
  fits(note: INote): boolean;
  actions: INoteActions;
  trans: ITranslate;
}): JSX.Element {
  return (
    <>
      {props.notes.map((note, index) => (
        <AdviceTip key={index} {...props} note={note} />
      ))}
    </>
  );
}

function AdviceTip(
  props: React.ComponentProps<typeof AdviceCards> & { note: INote }
): JSX.Element {
  const { note, actions, fits, trans } = props;
  const { advice } = note;
  const id = React.useId();
  const isFitting = advice.fix ? fits(note) : false;
  return (
    <article aria-labelledby={id} data-severity={advice.severity}>
      <p className="jp-Torchprof-cardTitle" id={id}>
        <AdviceIcon />
        <Prose text={advice.title} length={300} />
      </p>
      {advice.prediction && (
        <Gain prediction={advice.prediction} trans={trans} />
      )}
      <p className="jp-Torchprof-cardButtons">
        {actions.isApplied(note) && (
          <>
            <span className="jp-Torchprof-applied">
              <CheckIcon />
              {trans.__('Applied: run to measure')}
            </span>
            <button
              type="button"
              aria-describedby={id}
              onClick={() => actions.run(note)}
            >
              {trans.__('Run')}
            </button>
          </>
        )}
        {isFitting && (
          <>
            <button
              type="button"
              aria-haspopup="dialog"
              aria-describedby={id}
              onClick={() => actions.preview(note)}
            >
              {trans.__('Preview')}
            </button>
            <button
              type="button"
              aria-describedby={id}
              onClick={() => actions.apply(note)}
            >
              {trans.__('Apply fix')}
            </button>
          </>
        )}
        <button
          type="button"
          aria-describedby={id}
          onClick={() => actions.open(note)}
        >
          {trans.__('Open in panel')}
        </button>
      </p>
    </article>
  );
}

function growthWords(
  { device, bytes, inLoop }: IGrowth,
  trans: ITranslate
): string {
  const delta = formatBytesDelta(bytes);
  const words =
    device === HOST
      ? trans.__('%1 of host memory', delta)
      : trans.__('%1 on %2', delta, isolated(clip(device, 24)));
  return inLoop ? trans.__('%1 in this loop', words) : words;
}
