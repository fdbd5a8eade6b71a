import * as React from 'react';

import { visible } from '../../record/visible';
import type { IWhatIf } from '../../record/what-if';
import type { DeepMemory, DeepProfile } from '../../record/_session';
import type { ITranslate } from '../state';
import { checkpointName } from './checkpoint-words';

/** A larger number is a slip of the finger. */
const MOST = 1e7;

/** What the step is to get: a batch of so many, sequences so long, and how precise. */
export function Wishes(props: {
  deep: DeepProfile;
  memory: DeepMemory;
  what: IWhatIf;
  onChange: (change: Partial<IWhatIf>) => void;
  trans: ITranslate;
}): JSX.Element {
  const { deep, memory, what, onChange, trans } = props;
  const isSingle = (memory.moments?.[0]?.parts ?? []).some(
    ({ floating }) => (floating ?? 0) > 2
  );
  return (
    <div className="jp-Torchprof-wishes">
      <Size
        label={trans.__('Batch size')}
        title={trans.__('The first size of what the model gets')}
        value={what.batch}
        was={deep.batch_size ?? 1}
        onChange={batch => onChange({ batch })}
      />
      {what.length !== null && (
        <Size
          label={trans.__('Sequence length')}
          title={trans.__('The second size of what the model gets')}
          value={what.length}
          was={deep.sequence_length ?? 1}
          onChange={length => onChange({ length })}
        />
      )}
      {isSingle && (
        <label
          title={trans.__(
            'Parameters and all that is computed with them. What autocast would save depends on the operators.'
          )}
        >
          <input
            type="checkbox"
            checked={what.half}
            onChange={event => onChange({ half: event.target.checked })}
          />{' '}
          {trans.__('all in half precision')}
        </label>
      )}
      {(memory.checkpoints ?? []).length > 0 && (
        <label title={trans.__('What torch.utils.checkpoint is called with')}>
          {trans.__('Checkpoints of')}{' '}
          <select
            className="jp-Torchprof-select"
            value={what.checkpoint ?? -1}
            onChange={event =>
              onChange({ checkpoint: Number(event.target.value) })
            }
          >
            <option value={-1}>{trans.__('no modules')}</option>
            {(memory.checkpoints ?? []).map((way, index) => (
              <option key={index} value={index}>
                {visible(checkpointName(way, trans))}
              </option>
            ))}
          </select>
        </label>
      )}
    </div>
  );
}

/** A box for a number from one on; without one the size is as it was. */
function Size(props: {
  label: string;
  title: string;
  value: number;
  was: number;
  onChange: (value: number) => void;
}): JSX.Element {
  const { label, title, value, was, onChange } = props;
  const [text, setText] = React.useState<string | null>(null);
  return (
    <label title={title}>
      {label}
      <input
        type="number"
        className="jp-Torchprof-number"
        min={1}
        max={MOST}
        step={1}
        value={text ?? value}
        onChange={event => {
          setText(event.target.value);
          const size = Math.round(Number(event.target.value));
          onChange(size >= 1 && size <= MOST ? size : was);
        }}
        onBlur={() => setText(null)}
      />
    </label>
  );
}
