/** Whether what was offered to be let go when a run had ended is there to be let go of. Pure. */
import type { Action, CellRecord, MemoryShare, Session } from './_session';
import { devicesNow } from './holding';

/**
 * Whether an action that came with a run can still do what it says. The memory that it was about
 * may have been let go of since: a later error takes the place of a traceback, a variable may be
 * gone, or be another of the same name.
 */
export function isOffered(
  session: Session,
  record: CellRecord,
  { kind, targets = [] }: Action
): boolean {
  const later = runsAfter(session, record);
  if (later === null || record.former) {
    return false;
  }
  // What is told may be of an earlier run: nobody looks where PyTorch is not there.
  const newest = later[later.length - 1] ?? record;
  const isKnown = session.memory_now?.run_id === newest.run_id;
  const isThere = (test: (share: MemoryShare) => boolean) =>
    devicesNow(session).some(({ holders = [] }) => holders.some(test));
  switch (kind) {
    case 'clear_traceback':
      return (
        later.every(({ status }) => status === 'ok') &&
        (!isKnown || isThere(isOfTraceback))
      );
    case 'release_outputs':
      return isKnown
        ? targets.some(count => isThere(({ name }) => name === `Out[${count}]`))
        : later.length === 0;
    case 'delete_names':
      return isKnown
        ? targets.every(target => isThere(share => isIn(share, target, later)))
        : later.length === 0;
    default:
      return true;
  }
}

/**
 * What can be done now about a holder that a run had found; `undefined`: nothing, since a later run
 * may have put another in its place, or it is gone.
 */
export function offeredFor(
  session: Session,
  record: CellRecord,
  device: string,
  share: MemoryShare
): Action | undefined {
  if (record.former || runsAfter(session, record)?.length !== 0) {
    return undefined;
  }
  if (session.memory_now?.run_id !== record.run_id) {
    return share.action ?? undefined;
  }
  const now = devicesNow(session).find(one => one.device === device);
  return (
    now?.holders?.find(
      ({ kind, name }) => kind === share.kind && name === share.name
    )?.action ?? undefined
  );
}

/** What a traceback has; an object of before may be in one, too. */
function isOfTraceback({ kind }: MemoryShare): boolean {
  return kind === 'traceback' || kind === 'old_objects';
}

/** Whether a variable, or what is in its object, is still the one that it was. */
function isIn(
  { name, kind, made_run_id }: MemoryShare,
  variable: string,
  later: readonly CellRecord[]
): boolean {
  return name === variable
    ? kind !== 'tensors' || !later.some(({ run_id }) => run_id === made_run_id)
    : ['.', '['].some(mark => name?.startsWith(`${variable}${mark}`));
}

/** The runs after one, oldest first; `null`: it is not at hand. */
function runsAfter(
  { cells = [] }: Session,
  { run_id }: CellRecord
): readonly CellRecord[] | null {
  const index = cells.findIndex(one => one.run_id === run_id);
  return index < 0 ? null : cells.slice(index + 1);
}
