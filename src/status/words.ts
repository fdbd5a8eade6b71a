import { HOST } from '../record/derive';
import { formatBytes } from '../record/units';
import { isolated } from '../record/visible';
import type { Session } from '../record/_session';
import { clip } from '../views/parts/text';
import type { IRunning, ITranslate } from '../views/state';
import type { IUsage } from '../views/parts/usage';
import { deviceName, deviceUsage, isNearlyFull } from '../views/parts/usage';

/** Accelerators that have a place in the text; the title has all. */
const SHOWN = 2;

/** What the status bar says. */
export interface IStatusWords {
  /** Short; empty before the first run. */
  readonly text: string;
  /** All of it. */
  readonly title: string;
  /** An accelerator is nearly full. */
  readonly isFull: boolean;
}

/**
 * Memory of the kernel's process and of the accelerators that it uses.
 */
export function statusWords(
  session: Session,
  running: IRunning | null,
  trans: ITranslate
): IStatusWords {
  const all = deviceUsage(session, running);
  if (all.length === 0) {
    return { text: '', title: '', isFull: false };
  }
  const used = all.filter(({ device, used }) => device !== HOST && used > 0);
  const shown = all.filter(
    usage => usage.device === HOST || used.slice(0, SHOWN).includes(usage)
  );
  const parts = shown.map(usage => part(usage, trans));
  if (used.length > SHOWN) {
    parts.push(
      trans._n('%1 more', '%1 more', used.length - SHOWN, used.length - SHOWN)
    );
  }
  return {
    text: parts.join(' · '),
    isFull: all.some(isNearlyFull),
    title: [
      trans.__('PyTorch Profiler: memory of this kernel'),
      ...all.map(usage => part(usage, trans))
    ].join('\n')
  };
}

function part({ device, used, total }: IUsage, trans: ITranslate): string {
  const name = isolated(clip(deviceName(device, trans), 20));
  // What the host has in total is of interest beside a device's total only.
  return total === null || device === HOST
    ? trans.__('%1 %2', name, formatBytes(used))
    : trans.__('%1 %2 of %3', name, formatBytes(used), formatBytes(total));
}
