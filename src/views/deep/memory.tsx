import * as React from 'react';

import { formatBytes } from '../../record/units';
import { ListedTable } from '../parts/listed-table';
import { Code, clip } from '../parts/text';
import { codeOf } from '../places/place-words';
import { LineWay } from './line-way';
import { Phase } from './phase';
import type { ITables } from './tables';
import type { DeepHeld } from '../../record/_session';

/** What stood on each device at the peak of the window, by the lines that made it. */
export function PeakMemory(props: ITables): JSX.Element {
  const { deep, trans } = props;
  return (
    <>
      {(deep.memory ?? []).map(memory => (
        <ListedTable<DeepHeld>
          key={memory.device}
          name={`deep memory ${memory.device}`}
          title={trans.__('At the peak on %1', clip(memory.device, 40))}
          summary={formatBytes(memory.peak_bytes)}
          headings={[trans.__('Tensors'), trans.__('Storages')]}
          entries={memory.held ?? []}
          trans={trans}
          row={(held, index) => (
            <tbody key={index}>
              <Held {...props} held={held} />
            </tbody>
          )}
        />
      ))}
    </>
  );
}

function Held(props: ITables & { held: DeepHeld }): JSX.Element {
  const { held, context, trans } = props;
  const place = (context.record.places ?? [])[held.place ?? -1];
  const node = place && { place };
  const code = node && codeOf(node, context);
  return (
    <>
      <tr>
        <th scope="rowgroup" colSpan={2}>
          {node ? (
            <LineWay {...props} node={node} />
          ) : (
            trans.__('on no line of yours')
          )}{' '}
          <Phase name={held.phase} trans={trans} />
          {code && (
            <span className="jp-Torchprof-deepCode">
              <Code value={code} length={120} />
            </span>
          )}
        </th>
      </tr>
      <tr>
        <td>{formatBytes(held.held_bytes)}</td>
        <td>{held.blocks.toLocaleString('en')}</td>
      </tr>
    </>
  );
}
