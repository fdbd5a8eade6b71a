import { Signal } from '@lumino/signaling';

import { NotebookProfile } from '../../../src/model/notebook-profile';
import type {
  SessionChange,
  SessionModel
} from '../../../src/model/session-model';
import type { CellRecord, Session } from '../../../src/record/_session';
import { makeRecord, makeSession } from '../builders';
import { english } from '../english';
import { FakePort } from '../kernel/fake-port';
import { FakeNotebook } from './fake-notebook';

class FakeModel {
  constructor(public session: Session | null) {}
  connection = { kind: 'connected', enabled: true } as const;
  running: object | null = null;
  readonly changed = new Signal<this, SessionChange>(this);

  /** A run ended. */
  end(record: CellRecord): void {
    const cells = [...(this.session?.cells ?? []), record];
    this.session = makeSession(cells);
    this.changed.emit({ kind: 'ended', record, isNew: true });
  }
}

describe('model/notebook-profile', () => {
  let notebook: FakeNotebook;
  let profile: NotebookProfile;
  let model: FakeModel;
  let cells: (string | null)[];
  let panel: number;

  const a1 = makeRecord({ cell_id: 'a', source: 'x = 1' });
  const b1 = makeRecord({ cell_id: 'b', source: 'y = 2' });
  const a2 = makeRecord({ cell_id: 'a', source: 'x = 1' });

  beforeEach(() => {
    notebook = new FakeNotebook({ a: 'x = 1', b: 'y = 2' });
    notebook.port = new FakePort();
    profile = new NotebookProfile({
      notebook,
      notebooks: () => [notebook],
      rulesOff: () => [],
      trans: english
    });
    model = new FakeModel(makeSession([a1, b1]));
    profile.model = model as unknown as SessionModel;
    cells = [];
    panel = 0;
    profile.cellChanged.connect((_, id) => void cells.push(id));
    profile.changed.connect(() => (panel += 1));
  });

  describe('#state', () => {
    it('should hold the session under the name of the notebook, cells in its order', () => {
      expect(profile.state).toMatchObject({
        connection: { kind: 'connected' },
        session: { notebook: 'inference.ipynb', cells: [a1, b1] },
        cellOrder: ['a', 'b'],
        selected: null
      });
    });

    it('should call stale what was edited since, and fresh what is as it was', () => {
      expect(profile.state.stale).toEqual(new Set());
      notebook.type('a', 'x = 10');
      expect(profile.state.stale).toEqual(new Set([a1.run_id]));
      expect(profile.isStale(a1)).toBe(true);
      notebook.type('a', 'x = 1');
      expect(profile.state.stale).toEqual(new Set());
      notebook.remove('b');
      expect(profile.state.stale).toEqual(new Set([b1.run_id]));
    });

    it('should tell what was deleted from what was edited, and from what nobody saw', () => {
      const c1 = makeRecord({ cell_id: 'c', source: 'z' });
      model.session = makeSession([a1, b1, c1]);
      expect(profile.state.gone).toEqual(new Map([[c1.run_id, 'unknown']]));
      notebook.remove('b');
      notebook.type('a', 'x = 10');
      expect(profile.state.gone).toEqual(
        new Map([
          [b1.run_id, 'deleted'],
          [c1.run_id, 'unknown']
        ])
      );
      notebook.insert('b', 'y = 2');
      expect(profile.state.stale).toEqual(new Set([a1.run_id, c1.run_id]));
    });

    it('should not call deleted what is Markdown now', () => {
      void profile.state;
      notebook.remove('b');
      notebook.prose.add('b');
      notebook.cellsChanged.emit(null);
      expect(profile.state.stale).toEqual(new Set([b1.run_id]));
      expect(profile.state.gone).toEqual(new Map());
    });

    it('should not call deleted what is in a notebook that was closed', () => {
      const other = new FakeNotebook({ c: 'z' });
      const open = [notebook, other];
      const shared = new NotebookProfile({
        notebook,
        notebooks: () => open,
        rulesOff: () => [],
        trans: english
      });
      const c1 = makeRecord({ cell_id: 'c', source: 'z' });
      shared.model = new FakeModel(
        makeSession([c1])
      ) as unknown as SessionModel;
      expect(shared.state.gone).toEqual(new Map());
      open.pop();
      expect(shared.state.gone).toEqual(new Map([[c1.run_id, 'unknown']]));
    });
  });

  it('should give the views the same objects as long as nothing changed', () => {
    const { stale, silenced } = profile.state;
    model.changed.emit({ kind: 'sampled' });
    expect(profile.state.stale).toBe(stale);
    expect(profile.state.silenced).toBe(silenced);
    notebook.type('a', 'x = 10');
    expect(profile.state.stale).not.toBe(stale);
  });

  it('should not read the sources again with each sample', () => {
    const read = jest.spyOn(notebook, 'cell');
    model.running = {};
    model.changed.emit({ kind: 'started' });
    void profile.state;
    read.mockClear();
    model.changed.emit({ kind: 'sampled' });
    void profile.state;
    expect(read).not.toHaveBeenCalled();
    notebook.type('a', 'x = 10');
    model.changed.emit({ kind: 'sampled' });
    expect(profile.state.stale).toEqual(new Set([a1.run_id]));
  });

  describe('signals', () => {
    it('should name the cell that changed', () => {
      notebook.type('a', 'x');
      model.end(a2);
      notebook.remove('b');
      expect(cells).toEqual(['a', 'a', null]);
    });

    it('should leave badges alone while a cell runs', () => {
      jest.useFakeTimers();
      model.changed.emit({ kind: 'sampled' });
      model.changed.emit({ kind: 'started' });
      jest.advanceTimersByTime(1000);
      jest.useRealTimers();
      expect(cells).toEqual([]);
      expect(panel).toBe(1);
    });

    it('should tell of samples twice a second at most', () => {
      jest.useFakeTimers();
      for (let i = 0; i < 20; i++) {
        model.changed.emit({ kind: 'sampled' });
        jest.advanceTimersByTime(100);
      }
      jest.useRealTimers();
      expect(panel).toBe(4);
    });

    it('should tell at once of a run that ended, and together of those that follow', () => {
      jest.useFakeTimers();
      model.end(a2);
      expect(cells).toEqual(['a']);
      model.changed.emit({ kind: 'memory' });
      model.changed.emit({ kind: 'started' });
      model.end(makeRecord({ cell_id: 'b' }));
      model.end(a2);
      expect([cells, panel]).toEqual([['a'], 1]);
      jest.advanceTimersByTime(1000);
      jest.useRealTimers();
      expect([cells, panel]).toEqual([['a', 'b', 'a'], 2]);
    });

    it('should tell at once of what the user did', () => {
      model.end(a2);
      profile.select(a2.run_id);
      expect(panel).toBe(2);
    });
  });

  describe('#selected', () => {
    it('should be the run that was opened, as long as it is known', () => {
      profile.select(b1.run_id);
      expect(profile.selected).toBe(b1);
      model.session = makeSession([a1]);
      expect(profile.state.selected).toBeNull();
    });

    it('should move to the new run when the open cell runs again', () => {
      profile.select(a1.run_id);
      model.end(a2);
      expect(profile.selected).toBe(a2);
      model.end(makeRecord({ cell_id: 'b' }));
      expect(profile.selected).toBe(a2);
    });

    it('should follow the cell in which the user works while a detail is open', () => {
      notebook.click('b');
      expect(profile.selected).toBeNull();
      profile.select(a1.run_id);
      notebook.click('b');
      expect(profile.selected).toBe(b1);
      notebook.click('never-ran');
      expect(profile.selected).toBe(b1);
    });

    it('should keep an earlier run of the cell that is clicked', () => {
      model.end(a2);
      profile.select(a1.run_id);
      notebook.click('a');
      expect(profile.selected).toBe(a1);
    });

    it('should not survive a change of kernel', () => {
      profile.select(a1.run_id);
      profile.model = new FakeModel(
        makeSession([a1])
      ) as unknown as SessionModel;
      expect(profile.selected).toBeNull();
    });
  });
});
