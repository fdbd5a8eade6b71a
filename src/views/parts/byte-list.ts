import { formatBytes } from '../../record/units';

/** `{"cpu float32": 1024}` → `"cpu float32 1 KiB"`. */
export function byteList(bytes: {
  [where: string]: number | undefined;
}): string {
  return Object.entries(bytes)
    .map(([where, size]) => `${where} ${formatBytes(size)}`)
    .join(', ');
}
