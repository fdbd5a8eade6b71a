import type {
  Action,
  CellRecord,
  MemoryShare,
  Session
} from '../../../src/record/_session';
import { isOffered, offeredFor } from '../../../src/record/offered';
import { makeRecord, makeSession } from '../fixtures/records';

const action = (kind: Action['kind'], ...targets: string[]): Action => ({
  kind,
  title: kind,
  description: '',
  targets
});
const failed = makeRecord({ run_id: 'failed', status: 'error' });
const fine = makeRecord({ run_id: 'fine' });
const second = makeRecord({ run_id: 'second', status: 'error' });
const TRACEBACK: MemoryShare = {
  kind: 'traceback',
  name: 'f: kept',
  held_bytes: 1 << 20,
  action: action('clear_traceback')
};
const DATA: MemoryShare = {
  kind: 'tensors',
  name: 'data',
  held_bytes: 1 << 20,
  made_run_id: 'failed',
  action: action('delete_names', 'data')
};

/** A session whose memory was looked at after its last run. */
function session(cells: CellRecord[], holders: MemoryShare[]): Session {
  return makeSession(cells, {
    memory_now: {
      devices: [{ device: 'cuda:0', used_bytes: 2 << 20, holders }],
      run_id: cells[cells.length - 1].run_id
    }
  });
}

describe('isOffered()', () => {
  const clear = action('clear_traceback');

  it('should not clear the traceback of a later error', () => {
    expect(isOffered(session([failed], [TRACEBACK]), failed, clear)).toBe(true);
    const after = [failed, fine];
    expect(isOffered(session(after, [TRACEBACK]), failed, clear)).toBe(true);
    const replaced = session([failed, fine, second], [TRACEBACK]);
    expect(isOffered(replaced, failed, clear)).toBe(false);
    expect(isOffered(replaced, second, clear)).toBe(true);
  });

  it('should not clear what has been cleared', () => {
    expect(isOffered(session([failed], [DATA]), failed, clear)).toBe(false);
  });

  it('should know whether a variable is still the same', () => {
    const remove = action('delete_names', 'data');
    const offered = (shares: MemoryShare[]) =>
      isOffered(session([failed, fine], shares), failed, remove);
    expect(offered([DATA])).toBe(true);
    expect(offered([{ ...DATA, made_run_id: 'fine' }])).toBe(false);
    expect(offered([{ ...DATA, name: 'data.parts' }])).toBe(true);
    expect(offered([{ ...DATA, name: 'database' }])).toBe(false);
  });

  it('should know whether an output is there', () => {
    const release = action('release_outputs', '3', '5');
    const output: MemoryShare = { ...TRACEBACK, kind: 'outputs' };
    const offered = (name: string) =>
      isOffered(session([failed], [{ ...output, name }]), failed, release);
    expect(['Out[5]', 'Out[4]'].map(offered)).toEqual([true, false]);
  });

  it('should take the latest run at its word where nobody has looked since', () => {
    const known = makeSession([failed, fine]);
    const remove = action('delete_names', 'data');
    expect(isOffered(known, fine, remove)).toBe(true);
    expect(isOffered(known, failed, remove)).toBe(false);
    expect(isOffered(known, failed, clear)).toBe(true);
    expect(isOffered(known, second, clear)).toBe(false);
  });
});

describe('offeredFor()', () => {
  it('should offer what can be done now, and of the latest run only', () => {
    const now = session([failed], [DATA]);
    expect(offeredFor(now, failed, 'cuda:0', DATA)).toBe(DATA.action);
    expect(offeredFor(now, failed, 'cuda:0', TRACEBACK)).toBeUndefined();
    const later = session([failed, fine], [DATA]);
    expect(offeredFor(later, failed, 'cuda:0', DATA)).toBeUndefined();
  });
});
