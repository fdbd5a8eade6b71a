/** What holds memory at present, and which runs have to do with it. Pure. */
import type {
  Action,
  CellRecord,
  DeviceMemory,
  MadeMemory,
  MemoryShare,
  Session
} from './_session';
import { HOST, findRun } from './derive';

/** Runs that are looked back at for the last that named a variable. */
const LOOK = 300;
/** Words of a text that are looked at: a source may be a megabyte long. */
const MOST_WORDS = 20_000;

/** Where the state of an action is kept that belongs to no advice. */
export function holdingKey({ kind, targets }: Action): string {
  return JSON.stringify(['now', kind, targets ?? []]);
}

/** Whether a key is one of `holdingKey`. */
export function isHoldingKey(key: string): boolean {
  return key.startsWith('["now"');
}

/** The devices of which it is known what holds their memory, the host first. */
export function devicesNow({ memory_now }: Session): readonly DeviceMemory[] {
  return memory_now?.devices ?? [];
}

/**
 * The device to look at first: the accelerator of which most is used, or the host where none is
 * used at all. `null`: nothing is known.
 */
export function mainDevice(session: Session): string | null {
  const devices = devicesNow(session);
  const used = devices
    .filter(({ device, used_bytes }) => device !== HOST && used_bytes > 0)
    .sort((a, b) => b.used_bytes - a.used_bytes);
  return used[0]?.device ?? devices[0]?.device ?? null;
}

/** What runs made on a device, the latest first; those of which nothing is left come, too. */
export function madeOn(session: Session, device: string): MadeMemory[] {
  return (session.memory_now?.made ?? [])
    .filter(made => made.device === device && madeBytes(made) > 0)
    .reverse();
}

/** All that a run made, there or let go. Bytes. */
export function madeBytes({ alive_bytes, freed }: MadeMemory): number {
  return Object.values(freed ?? {}).reduce((a, b) => a + b, alive_bytes);
}

/** The run that made most of what a holder has, if it is known and at hand. */
export function makerOf(
  { made_run_id, made_count }: MemoryShare,
  session: Session
): CellRecord | null {
  return made_run_id
    ? findRun(session, made_run_id)
    : runOfCount(session, made_count);
}

/** The last run with this execution count since the kernel started, if it is at hand. */
export function runOfCount(
  { cells = [] }: Session,
  count: number | null | undefined
): CellRecord | null {
  return typeof count === 'number'
    ? ([...cells]
        .reverse()
        .find(
          ({ execution_count, former }) => execution_count === count && !former
        ) ?? null)
    : null;
}

/** The last run whose text has the variable's name in it; `null`: none that is looked at. */
export function lastNamed(
  session: Session,
  name: string | null | undefined
): CellRecord | null {
  const variable = /^[\p{L}_][\p{L}\p{N}_]*/u.exec(name ?? '')?.[0];
  const cells = session.cells ?? [];
  for (
    let i = cells.length - 1;
    variable && i >= Math.max(0, cells.length - LOOK);
    i--
  ) {
    if (!cells[i].former && wordsOf(cells[i].source).has(variable)) {
      return cells[i];
    }
  }
  return null;
}

const words = new Map<string, ReadonlySet<string>>();

function wordsOf(source: string): ReadonlySet<string> {
  let known = words.get(source);
  if (!known) {
    const found = source.matchAll(/[\p{L}_][\p{L}\p{N}_]*/gu);
    const some = new Set<string>();
    for (const [word] of found) {
      some.add(word);
      if (some.size >= MOST_WORDS) {
        break;
      }
    }
    known = some;
    if (words.size >= 2 * LOOK) {
      words.clear();
    }
    words.set(source, known);
  }
  return known;
}
