import * as React from 'react';

import { formatBytes, formatPercent } from '../record/units';
import { Part } from './section';
import { Prose, Text } from './text';
import type { MemoryShare, OutOfMemory } from '../record/_session';
import type { ITranslate } from './state';

/** Holders listed; the rest is summed up. */
const LISTED = 10;

/** What held the memory of the device at the moment at which it ran out. */
export function PostMortem(props: {
  outOfMemory: OutOfMemory;
  trans: ITranslate;
}): JSX.Element {
  const { outOfMemory, trans } = props;
  const { holders = [], total_bytes } = outOfMemory;
  const held = holders.reduce((sum, { held_bytes }) => sum + held_bytes, 0);
  const whole = Math.max(total_bytes ?? 0, held, 1);
  const rest = holders
    .slice(LISTED)
    .reduce((sum, { held_bytes }) => sum + held_bytes, 0);
  return (
    <Part
      title={trans.__('When memory ran out')}
      className="jp-Torchprof-outOfMemory"
    >
      <p>
        <Prose text={sentence(outOfMemory, trans)} />
      </p>
      {holders.length > 0 && (
        <>
          <div className="jp-Torchprof-stack" aria-hidden="true">
            {holders.slice(0, LISTED).map((share, index) => (
              <span
                key={index}
                data-kind={share.kind}
                style={{ width: `${(100 * share.held_bytes) / whole}%` }}
              />
            ))}
          </div>
          <table className="jp-Torchprof-table">
            <thead>
              <tr>
                <th scope="col">{trans.__('Held by')}</th>
                <th scope="col">{trans.__('Memory')}</th>
                <th scope="col">{trans.__('Share')}</th>
              </tr>
            </thead>
            <tbody>
              {holders.slice(0, LISTED).map((share, index) => (
                <tr key={index}>
                  <th scope="row">
                    <span
                      className="jp-Torchprof-swatch"
                      data-kind={share.kind}
                    />
                    <HolderName share={share} trans={trans} />
                  </th>
                  <td>{formatBytes(share.held_bytes)}</td>
                  <td>{formatPercent(share.held_bytes / whole)}</td>
                </tr>
              ))}
              {rest > 0 && (
                <tr>
                  <th scope="row">{trans.__('the rest')}</th>
                  <td>{formatBytes(rest)}</td>
                  <td>{formatPercent(rest / whole)}</td>
                </tr>
              )}
            </tbody>
          </table>
        </>
      )}
    </Part>
  );
}

function HolderName(props: {
  share: MemoryShare;
  trans: ITranslate;
}): JSX.Element {
  const { share, trans } = props;
  const kind = kindName(share.kind, trans);
  return share.name ? (
    <>
      <Text value={share.name} length={60} />{' '}
      <span className="jp-Torchprof-muted">{kind}</span>
    </>
  ) : (
    <>{kind}</>
  );
}

/** `"96% of cuda:0 was in use: 133 GiB of 139 GiB. 8 GiB more were asked for."` */
function sentence(state: OutOfMemory, trans: ITranslate): string {
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
  return parts.join(' ');
}

function kindName(kind: MemoryShare['kind'], trans: ITranslate): string {
  switch (kind) {
    case 'parameters':
      return trans.__('parameters');
    case 'gradients':
      return trans.__('gradients');
    case 'optimizer_state':
      return trans.__('optimizer state');
    case 'tensors':
      return trans.__('tensors');
    case 'graphs':
      return trans.__('autograd graphs');
    case 'outputs':
      return trans.__('outputs of cells');
    case 'traceback':
      return trans.__('last traceback');
    case 'old_objects':
      return trans.__('old objects');
    case 'cached':
      return trans.__('reserved, unused');
    case 'other_processes':
      return trans.__('other processes');
    case 'unknown':
      return trans.__('not known');
  }
}
