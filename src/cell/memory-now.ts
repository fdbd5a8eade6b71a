import type { Sample } from '../record/_session';
import { HOST } from '../record/derive';

/** Of the fullest accelerator, or of the host while none is used. Bytes. */
export function currentMemory(
  sample: Sample | undefined
): { device: string; bytes: number } | null {
  if (!sample) {
    return null;
  }
  const devices = Object.entries(sample.devices ?? {});
  const [device, bytes] = devices.reduce(
    (most, entry) => (entry[1] > most[1] ? entry : most),
    ['', 0]
  );
  return bytes > 0
    ? { device, bytes }
    : { device: HOST, bytes: sample.host_bytes };
}
