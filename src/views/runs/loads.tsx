import * as React from 'react';

import { cellLine } from '../../record/places';
import { formatBytes, formatDuration } from '../../record/units';
import { byteList } from '../parts/byte-list';
import { ListedTable } from '../parts/listed-table';
import { Prose, Text } from '../parts/text';
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
  const details = [
    ...sourceWords(load, trans),
    ...tensorWords(load, trans),
    ...optionWords(load)
  ].join(' · ');
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

/** Who loaded it and what its files are; nothing of a file that the cell's own `torch.load` read. */
function sourceWords(load: Load, trans: ITranslate): string[] {
  const { call = 'torch.load', library, class_name, format, shards } = load;
  const words: string[] = [];
  if (library) {
    words.push(trans.__('`%1` in %2', call, library));
  } else if (call !== 'torch.load') {
    words.push(`\`${call}\``);
  }
  if (class_name) {
    words.push(`\`${class_name}\``);
  }
  const files =
    shards === null || shards === undefined || shards === 1
      ? ''
      : trans._n('%1 file', '%1 files', shards);
  const named = words.length > 0 && format ? formatWords(format, trans) : '';
  if (named || files) {
    words.push([named, files].filter(Boolean).join(', '));
  }
  return words;
}

function formatWords(
  format: NonNullable<Load['format']>,
  trans: ITranslate
): string {
  switch (format) {
    case 'pytorch':
      return 'PyTorch';
    case 'safetensors':
      return 'safetensors';
    case 'torchscript':
      return 'TorchScript';
    case 'exported':
      return 'torch.export';
    case 'distributed':
      return trans.__('distributed checkpoint');
  }
}

/** What came of it: dtypes, and how much of it is still in the files. */
function tensorWords(load: Load, trans: ITranslate): string[] {
  const dtypes = load.dtypes ?? {};
  const names = Object.keys(dtypes);
  const words = names.length > 1 ? [byteList(dtypes)] : names;
  if (load.mapped_bytes) {
    words.push(
      trans.__('%1 stay in the mapped file', formatBytes(load.mapped_bytes))
    );
  }
  return words;
}

/** The arguments of the call, as far as they were passed. */
function optionWords(load: Load): string[] {
  const options: string[] = [];
  if (load.map_location !== null) {
    options.push(`map_location \`${load.map_location}\``);
  }
  if (load.weights_only !== null) {
    options.push(`weights_only \`${load.weights_only ? 'True' : 'False'}\``);
  }
  if (load.mmap !== null) {
    options.push(`mmap \`${load.mmap ? 'True' : 'False'}\``);
  }
  return options;
}
