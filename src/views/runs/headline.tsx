import * as React from 'react';

import { HOST, mainMemory, memoryDelta } from '../../record/derive';
import {
  formatBytes,
  formatBytesDelta,
  formatDuration
} from '../../record/units';
import { CellName } from '../parts/cell-name';
import { clip } from '../parts/text';
import { startedWords } from '../parts/started';
import type { CellRecord } from '../../record/_session';
import type { ITranslate } from '../state';
import { deviceName } from '../parts/usage';

interface IFact {
  value: string;
  /** What the value is of. */
  name: string;
  /** More about it, in a tooltip. */
  title?: string;
}

/** Which run it is, and the gist of it: time, what it left in memory, peak. */
export function Headline(props: {
  record: CellRecord;
  trans: ITranslate;
}): JSX.Element {
  const { record, trans } = props;
  return (
    <>
      <p className="jp-Torchprof-headline">
        <CellName record={record} trans={trans} />
      </p>
      <dl className="jp-Torchprof-gist">
        {gist(record, trans).map(({ value, name, title }) => (
          <div key={name} title={title}>
            <dt>
              <bdi>{name}</bdi>
            </dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function gist(record: CellRecord, trans: ITranslate): IFact[] {
  const { duration_s, cpu_s } = record;
  const memory = mainMemory(record);
  const facts: IFact[] = [
    {
      name: trans.__('Time'),
      value: formatDuration(duration_s),
      title: [
        startedWords(record, trans),
        typeof cpu_s === 'number'
          ? trans.__('%1 of processor time', formatDuration(cpu_s))
          : ''
      ]
        .join('\n')
        .trim()
    }
  ];
  if (memory) {
    const device = clip(deviceName(memory.device, trans), 20);
    const sampled = memory.peak_is === 'sampled';
    const recorded =
      record.deep && memory.device === HOST
        ? trans.__('What was recorded in depth is part of it.')
        : '';
    const title = (words: string) => `${words}\n${recorded}`.trim();
    facts.push(
      {
        name: trans.__('Kept, %1', device),
        value: formatBytesDelta(memoryDelta(memory)),
        title: title(trans.__('Memory after the cell minus memory before it'))
      },
      {
        name: trans.__('Peak, %1', device),
        value: `${sampled ? '≥ ' : ''}${formatBytes(memory.peak_bytes)}`,
        title: title(trans.__('of %1', formatBytes(memory.total_bytes)))
      }
    );
  }
  return facts;
}
