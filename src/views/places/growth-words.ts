/** Growth of memory in words that say whose it is. */
import { HOST } from '../../record/derive';
import { formatBytesDelta } from '../../record/units';
import { isolated } from '../../record/visible';
import { clip } from '../parts/text';
import { deviceName } from '../parts/usage';
import type { CellRecord } from '../../record/_session';
import type { ITranslate } from '../state';

/** Characters of a device's name. */
const NAME = 20;

/** Growth of one device. */
interface IGrowth {
  readonly device: string;
  readonly bytes: number;
}

/**
 * `"cuda:0 +32 MiB"`, `"Host +32 MiB"`; `"+32 MiB"` where the run knows of no accelerator that the
 * host's memory could be taken for.
 */
export function growthWords(
  { device, bytes }: IGrowth,
  { memory = [] }: CellRecord,
  trans: ITranslate
): string {
  const size = formatBytesDelta(bytes);
  const isAlone =
    device === HOST && memory.every(entry => entry.device === HOST);
  return isAlone
    ? size
    : `${isolated(clip(deviceName(device, trans), NAME))} ${size}`;
}
