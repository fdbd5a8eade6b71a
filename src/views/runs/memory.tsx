import * as React from 'react';

import { memoryDelta } from '../../record/derive';
import { formatBytes, formatBytesDelta } from '../../record/units';
import { Fold } from '../parts/fold';
import { Text } from '../parts/text';
import type { MemoryEntry } from '../../record/_session';
import type { ITranslate } from '../state';
import { deviceName } from '../parts/usage';

/** Memory before, after and at the peak, for the host and each device that the cell used. */
export function Memory(props: {
  memory: readonly MemoryEntry[];
  trans: ITranslate;
}): JSX.Element | null {
  const { trans } = props;
  const entries = props.memory.filter(isUsed);
  return entries.length === 0 ? null : (
    <Fold name="memory" title={trans.__('Memory')} open={true}>
      <table className="jp-Torchprof-table">
        <thead>
          <tr>
            <th scope="col">{trans.__('Device')}</th>
            <th scope="col" className="jp-mod-before">
              {trans.__('Before')}
            </th>
            <th scope="col">{trans.__('After')}</th>
            <th scope="col">{trans.__('Change')}</th>
            <th scope="col">{trans.__('Peak')}</th>
          </tr>
        </thead>
        <tbody>
          {entries.map(entry => (
            <Row key={entry.device} entry={entry} trans={trans} />
          ))}
        </tbody>
      </table>
      <p className="jp-Torchprof-muted">
        <Text value={peakWords(entries, trans)} length={400} />
      </p>
    </Fold>
  );
}

function Row(props: { entry: MemoryEntry; trans: ITranslate }): JSX.Element {
  const { entry, trans } = props;
  const sampled = entry.peak_is === 'sampled';
  return (
    <tr>
      <th scope="row">
        <Text value={deviceName(entry.device, trans)} />
      </th>
      <td className="jp-mod-before">
        {formatBytes(entry.allocated_before_bytes)}
      </td>
      <td title={reservedWords(entry, trans)}>
        {formatBytes(entry.allocated_after_bytes)}
      </td>
      <td>{formatBytesDelta(memoryDelta(entry))}</td>
      <td
        className={sampled ? 'jp-mod-bound' : undefined}
        title={
          sampled ? trans.__('Sampled: at least this much') : trans.__('Exact')
        }
      >
        {sampled
          ? `≥ ${formatBytes(entry.peak_bytes)}`
          : formatBytes(entry.peak_bytes)}
      </td>
    </tr>
  );
}

/** A device that never held anything has nothing to say. */
function isUsed(entry: MemoryEntry): boolean {
  return (
    entry.peak_bytes > 0 ||
    entry.allocated_before_bytes > 0 ||
    entry.allocated_after_bytes > 0
  );
}

function reservedWords(
  entry: MemoryEntry,
  trans: ITranslate
): string | undefined {
  return typeof entry.reserved_after_bytes === 'number'
    ? trans.__(
        '%1 reserved by PyTorch',
        formatBytes(entry.reserved_after_bytes)
      )
    : undefined;
}

function peakWords(entries: readonly MemoryEntry[], trans: ITranslate): string {
  const sampled = entries.filter(entry => entry.peak_is === 'sampled');
  if (sampled.length === 0) {
    return trans.__('Peaks are exact.');
  }
  if (sampled.length === entries.length) {
    return trans.__('Peaks were sampled: the true ones may be higher.');
  }
  const names = sampled.map(({ device }) => deviceName(device, trans));
  return trans.__(
    'The peak of %1 was sampled: the true one may be higher. The others are exact.',
    names.join(', ')
  );
}
