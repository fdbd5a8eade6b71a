import * as React from 'react';

import { cellLine } from '../../record/places';
import { formatBytes, formatDuration } from '../../record/units';
import { byteList } from '../parts/byte-list';
import { ListedTable } from '../parts/listed-table';
import { Prose, Text } from '../parts/text';
import { loadFacts } from './load-words';
import type { CellRecord, Load } from '../../record/_session';
import type { ITranslate } from '../state';

/** Every load: what was read, by whom and how, and where it landed. */
export function Loads(props: {
  record: CellRecord;
  trans: ITranslate;
}): JSX.Element | null {
  const { record, trans } = props;
  const loads = record.loads ?? [];
  const bytes = loads.reduce((sum, load) => sum + (load.file_bytes ?? 0), 0);
  const time = loads.reduce((sum, load) => sum + load.duration_s, 0);
  return (
    <ListedTable
      name="loads"
      title={trans.__('Loads')}
      summary={trans.__('%1 in %2', formatBytes(bytes), formatDuration(time))}
      headings={[
        trans.__('Landed'),
        trans.__('Size'),
        trans.__('Time'),
        trans.__('Line')
      ]}
      entries={loads}
      row={(load, index) => (
        <Row
          key={index}
          load={load}
          line={cellLine(record, load.place)}
          trans={trans}
        />
      )}
      trans={trans}
    />
  );
}

function Row(props: {
  load: Load;
  line: number | null;
  trans: ITranslate;
}): JSX.Element {
  const { load, trans } = props;
  const details = loadFacts(load, trans).join(' · ');
  return (
    <tbody>
      <tr>
        <th scope="rowgroup" colSpan={4}>
          <Prose text={nameWords(load, trans)} length={300} />
          {details && (
            <span className="jp-Torchprof-entryDetails">
              <Prose text={details} length={300} />
            </span>
          )}
        </th>
      </tr>
      <tr>
        <td>
          <Text value={byteList(load.landed ?? {}) || '–'} length={120} />
        </td>
        <td>{formatBytes(load.file_bytes)}</td>
        <td>{formatDuration(load.duration_s)}</td>
        <td>{props.line ?? '–'}</td>
      </tr>
    </tbody>
  );
}

function nameWords(load: Load, trans: ITranslate): string {
  const name =
    load.path === null ? trans.__('a file object') : `\`${load.path}\``;
  return load.failed ? trans.__('%1 could not be loaded', name) : name;
}
