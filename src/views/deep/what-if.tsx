import * as React from 'react';

import { MemoryCurve } from '../../charts/memory-curve';
import { formatBytes } from '../../record/units';
import { measuredPeak, memoryOf, peakOf, roomsOf } from '../../record/what-if';
import type { IPeak, IWhatIf } from '../../record/what-if';
import { Fold } from '../parts/fold';
import { deviceHue, deviceOrder } from '../parts/usage';
import { Phase } from './phase';
import { Rooms } from './rooms';
import type { ITables } from './tables';
import {
  categoryWords,
  growthWords,
  rangeWords,
  whyNotWords
} from './what-if-words';
import { checkpointCost } from './checkpoint-words';
import { Wishes } from './wishes';

/** The peak of the cell's step with a batch of another size, and what has room for it. */
export function WhatIf(props: ITables): JSX.Element | null {
  const { deep, context, trans } = props;
  const memory = memoryOf(deep);
  const [wish, setWish] = React.useState<Partial<IWhatIf>>({});
  if (!memory) {
    return null;
  }
  const now: IWhatIf = {
    batch: deep.batch_size ?? 1,
    length: deep.sequence_length ?? null,
    half: false
  };
  const what = { ...now, ...wish };
  const whyNot = whyNotWords(deep, trans);
  const measured = peakOf(deep, memory, now);
  const peak = whyNot ? measured : peakOf(deep, memory, what);
  const way = whyNot ? undefined : memory.checkpoints?.[what.checkpoint ?? -1];
  const hue = deviceHue(memory.device, deviceOrder(context.session));
  const whole = Math.max(measuredPeak(memory), peak.most, 1);
  return (
    <Fold
      name="deep what if"
      title={trans.__('Peak with another batch')}
      summary={formatBytes(measuredPeak(memory))}
    >
      <MemoryCurve curve={memory.curve} hue={hue} trans={trans} />
      {whyNot ? (
        <p className="jp-Torchprof-muted">{whyNot}</p>
      ) : (
        <Wishes
          deep={deep}
          memory={memory}
          what={what}
          onChange={change => setWish({ ...wish, ...change })}
          trans={trans}
        />
      )}
      <div data-device={hue} className="jp-Torchprof-whatIf">
        <Bar
          title={trans.__('Measured')}
          peak={measured}
          whole={whole}
          trans={trans}
        />
        {!whyNot && (
          <Bar
            title={trans.__('Predicted')}
            peak={peak}
            whole={whole}
            trans={trans}
          />
        )}
        <Legend measured={measured} peak={peak} trans={trans} />
      </div>
      {!whyNot && (
        <Rooms
          rooms={roomsOf(context.record, deep, memory, what)}
          trans={trans}
        />
      )}
      {growthWords(memory, trans).map(said => (
        <p key={said} className="jp-Torchprof-note">
          {said}
        </p>
      ))}
      {way && <p className="jp-Torchprof-note">{checkpointCost(way, trans)}</p>}
      <p className="jp-Torchprof-muted">
        {memory.device === 'cpu'
          ? trans.__(
              'Tensors that the step used, from their sizes in one step. A device takes some hundred MiB beside them, and other algorithms may need other temporary memory.'
            )
          : trans.__(
              'Tensors, from their sizes in one step. The device takes some hundred MiB beside them, and its memory is cut into pieces.'
            )}
      </p>
    </Fold>
  );
}

/** A peak as a bar of its categories, as long as it is large. */
function Bar(props: {
  title: string;
  peak: IPeak;
  whole: number;
  trans: ITables['trans'];
}): JSX.Element {
  const { title, peak, whole, trans } = props;
  return (
    <div className="jp-Torchprof-whatIfBar">
      <span>{title}</span>
      <span>
        {rangeWords(peak, trans)} <Phase name={peak.phase} trans={trans} />
      </span>
      <span className="jp-Torchprof-stack" aria-hidden="true">
        {peak.shares.map(({ category, most }) => (
          <span
            key={category}
            data-kind={kindOf(category)}
            style={{ width: `${(100 * most) / whole}%` }}
          />
        ))}
      </span>
    </div>
  );
}

/** What each category takes, measured and predicted. */
function Legend(props: {
  measured: IPeak;
  peak: IPeak;
  trans: ITables['trans'];
}): JSX.Element {
  const { measured, peak, trans } = props;
  const before = new Map(
    measured.shares.map(share => [share.category, share.most])
  );
  return (
    <span className="jp-Torchprof-legend">
      {peak.shares
        .filter(({ most }) => most > peak.most / 200)
        .map(share => (
          <span key={share.category} className="jp-Torchprof-phase">
            <span
              className="jp-Torchprof-swatch"
              data-kind={kindOf(share.category)}
              aria-hidden="true"
            />
            {(before.get(share.category) ?? 0) === share.most
              ? trans.__(
                  '%1 %2',
                  categoryWords(share.category, trans),
                  formatBytes(share.most)
                )
              : trans.__(
                  '%1 %2, was %3',
                  categoryWords(share.category, trans),
                  rangeWords(share, trans),
                  formatBytes(before.get(share.category) ?? 0)
                )}
          </span>
        ))}
    </span>
  );
}

/** The pattern that a category has in other bars of memory, too. */
function kindOf(category: string): string {
  const kinds: Record<string, string> = {
    parameters: 'parameters',
    gradients: 'gradients',
    optimizer: 'optimizer_state',
    activations: 'graphs',
    temporaries: 'outputs',
    batch: 'tensors',
    kept: 'tensors'
  };
  return Object.hasOwn(kinds, category) ? kinds[category] : 'unknown';
}
