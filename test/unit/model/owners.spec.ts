import { Signal } from '@lumino/signaling';

import { NotebookProfile } from '../../../src/model/notebook-profile';
import { ownersOf, withOwner } from '../../../src/model/owners';
import type { ISessionLink } from '../../../src/model/session-model';
import { SessionModel } from '../../../src/model/session-model';
import type { CellRecord } from '../../../src/record/_session';
import type { KernelMessage } from '../../../src/record/messages';
import type { Connection } from '../../../src/views/state';
import { makeAdvice, makeRecord, makeSession } from '../builders';
import { english } from '../english';
import { FakeNotebook } from './fake-notebook';

/** A run of a cell that the server sent to the kernel. */
function lone(fields: Partial<CellRecord>): CellRecord {
  return makeRecord({ cell_id: null, ...fields });
}

describe('model/owners', () => {
  let notebook: FakeNotebook;

  beforeEach(() => {
    notebook = new FakeNotebook({ a: 'x = 1', b: 'y = 2', c: 'x = 1' });
  });

  describe('ownersOf', () => {
    const record = lone({ execution_count: 3, source: 'x = 1' });
    const owners = (...records: CellRecord[]) => [
      ...ownersOf(records, [notebook, notebook])
    ];

    it('should find the cell of the same count and source', () => {
      notebook.count('a', 3);
      notebook.count('c', 4);
      expect(owners(record)).toEqual([[record.run_id, 'a']]);
    });

    it('should know nothing where count or source differ, or two cells fit', () => {
      notebook.count('b', 3);
      expect(owners(record)).toEqual([]);
      notebook.count('a', 2);
      expect(owners(record)).toEqual([]);
      notebook.count('a', 3);
      notebook.count('c', 3);
      expect(owners(record)).toEqual([]);
    });

    it('should leave alone what has a cell, no count, or ran before a restart', () => {
      notebook.count('a', 3);
      expect(
        owners(
          { ...record, cell_id: 'gone' },
          { ...record, execution_count: null },
          { ...record, former: true }
        )
      ).toEqual([]);
    });
  });

  it('should give advice and fix of the same source to the cell', () => {
    const edit = {
      cell_id: null,
      source_hash: 'own',
      start: { line: 0, column: 0 },
      end: { line: 0, column: 0 },
      new_text: ''
    };
    const other = { ...edit, source_hash: 'other' };
    const advice = makeAdvice({
      cell_id: null,
      fix: { title: 'Fix', edits: [edit, other] }
    });
    const record = lone({ source_hash: 'own', advice: [advice] });
    const owned = withOwner(record, 'a');
    expect(owned.cell_id).toBe('a');
    expect(owned.advice![0].cell_id).toBe('a');
    expect(owned.advice![0].fix!.edits).toEqual([
      { ...edit, cell_id: 'a' },
      other
    ]);
  });

  describe('a profile', () => {
    let link: {
      connection: Connection;
      connectionChanged: Signal<object, Connection>;
      received: Signal<object, KernelMessage>;
      refused: Signal<object, string>;
      requestSnapshot: () => void;
    };
    let profile: NotebookProfile;

    beforeEach(() => {
      link = {
        connection: { kind: 'connected', enabled: true },
        connectionChanged: new Signal({}),
        received: new Signal({}),
        refused: new Signal({}),
        requestSnapshot: () => undefined
      };
      profile = new NotebookProfile({
        notebook,
        notebooks: () => [notebook],
        rulesOff: () => [],
        trans: english
      });
      profile.model = new SessionModel(
        link as unknown as ISessionLink,
        () => 10
      );
      tell(makeSession([]));
    });

    function tell(session: ReturnType<typeof makeSession>): void {
      link.received.emit({ type: 'session', session, enabled: true });
    }

    function end(record: CellRecord): void {
      link.received.emit({ type: 'end', record });
    }

    const first = lone({ execution_count: 1, source: 'x = 1' });

    it('should know the cell when its count was there before the run', () => {
      notebook.count('a', 1);
      end(first);
      expect(profile.latestRun('a')?.run_id).toBe(first.run_id);
    });

    it('should know the cell when its count comes after the run', () => {
      end(first);
      expect(profile.latestRun('a')).toBeNull();
      const changes: (string | null)[] = [];
      profile.cellChanged.connect((_, id) => void changes.push(id));
      notebook.count('a', 1);
      expect(profile.latestRun('a')?.run_id).toBe(first.run_id);
      expect(changes).toContain(null);
    });

    it('should know it still when cell and kernel have gone on', () => {
      notebook.count('a', 1);
      end(first);
      const again = lone({ execution_count: 2, source: 'x = 10' });
      notebook.type('a', 'x = 10');
      notebook.count('a', 2);
      end(again);
      end(first);
      tell(makeSession([first, again]));
      const cells = profile.model!.session!.cells!;
      expect(cells.map(({ cell_id }) => cell_id)).toEqual(['a', 'a']);
      expect(profile.state.stale).toEqual(new Set([first.run_id]));
    });

    it('should not call stale what it does not know', () => {
      end(first);
      notebook.type('a', 'x = 10');
      expect(profile.isStale(first)).toBe(false);
      expect(profile.state.stale).toEqual(new Set());
    });
  });
});
