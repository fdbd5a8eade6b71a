import { formatBytes } from '../../record/units';
import { byteList } from '../parts/byte-list';
import type { Load } from '../../record/_session';
import type { ITranslate } from '../state';

/**
 * Who loaded, what the files are, what came of them, and with which arguments.
 *
 * `deliver/loads.py` is the twin in the kernel; one fixture holds both to the same.
 */
export function loadFacts(load: Load, trans: ITranslate): string[] {
  return [
    ...sourceWords(load, trans),
    ...tensorWords(load, trans),
    ...optionWords(load)
  ];
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
  if (class_name && class_name !== call) {
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
