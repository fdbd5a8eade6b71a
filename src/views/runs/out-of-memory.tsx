import * as React from 'react';

import { offeredFor } from '../../record/offered';
import { formatBytes, formatPercent } from '../../record/units';
import { Part } from '../parts/section';
import type { IHolding } from '../holding/rows';
import { HolderRows } from '../holding/rows';
import { HoldingBar } from '../holding/section';
import { Prose, clip } from '../parts/text';
import { deviceHue, deviceOrder } from '../parts/usage';
import type {
  CellRecord,
  MemoryShare,
  OutOfMemory
} from '../../record/_session';
import type { ITranslate } from '../state';

/** Characters of a name. */
const NAME = 60;

/** What held the memory of the device at the moment at which it ran out, and what can go. */
export function PostMortem(
  props: IHolding & { record: CellRecord; outOfMemory: OutOfMemory }
): JSX.Element {
  const { record, outOfMemory, session, trans } = props;
  const { device, allocated_bytes, total_bytes } = outOfMemory;
  const holders = (outOfMemory.holders ?? []).map(share => ({
    ...share,
    action: offeredFor(session, record, device, share)
  }));
  const memory = { device, used_bytes: allocated_bytes, total_bytes, holders };
  return (
    <Part
      title={trans.__('When memory ran out')}
      className="jp-Torchprof-outOfMemory"
    >
      <p>
        <Prose text={sentence(record, outOfMemory, trans)} />
      </p>
      {holders.length > 0 && (
        <div data-device={deviceHue(device, deviceOrder(session))}>
          <HoldingBar memory={memory} trans={trans} />
          <HolderRows {...props} holders={holders} />
        </div>
      )}
    </Part>
  );
}

/** `"96% of cuda:0 was in use: 133 GiB of 139 GiB. 8 GiB more were asked for."` */
function sentence(
  record: CellRecord,
  state: OutOfMemory,
  trans: ITranslate
): string {
  const { device, total_bytes, free_bytes, requested_bytes } = state;
  // What the driver had left counts other processes, too; else what PyTorch has reserved.
  const used =
    total_bytes !== null && free_bytes !== null
      ? total_bytes - free_bytes
      : (state.reserved_bytes ?? state.allocated_bytes);
  const parts = [
    total_bytes
      ? trans.__(
          '%1 of %2 was in use: %3 of %4.',
          formatPercent(used / total_bytes),
          device,
          formatBytes(used),
          formatBytes(total_bytes)
        )
      : trans.__('%1 of %2 were in use.', formatBytes(used), device)
  ];
  const gone = state.holders?.find(({ kind }) => kind === 'let_go');
  if (gone) {
    parts.push(
      trans.__(
        '%1 of that went with the error: what the failing lines had.',
        formatBytes(gone.held_bytes)
      )
    );
  }
  if (requested_bytes !== null) {
    parts.push(
      trans.__('%1 more were asked for.', formatBytes(requested_bytes))
    );
  }
  const cached =
    state.reserved_bytes === null
      ? 0
      : state.reserved_bytes - state.allocated_bytes;
  if (requested_bytes !== null && cached > requested_bytes) {
    parts.push(
      trans.__(
        'PyTorch had %1 reserved and unused, in pieces that were too small.',
        formatBytes(cached)
      )
    );
  }
  const most = grewMost(state, record);
  if (most?.within) {
    const [name, bytes] = [
      clip(most.name ?? '', NAME),
      formatBytes(most.within.grown_bytes)
    ];
    parts.push(
      gone
        ? trans.__(
            'Of what is left `%1` grew most in this run, by %2.',
            name,
            bytes
          )
        : trans.__('In this run `%1` grew most, by %2.', name, bytes)
    );
  }
  return parts.join(' ');
}

/** What grew most in the run that ran out of memory: not always what has most. */
function grewMost(
  { holders = [] }: OutOfMemory,
  { run_id }: CellRecord
): MemoryShare | undefined {
  return holders
    .filter(({ within, name }) => within?.run_id === run_id && name)
    .sort((a, b) => b.within!.grown_bytes - a.within!.grown_bytes)[0];
}
