import { Signal } from '@lumino/signaling';

import { setDismissed } from '../../../src/model/dismissals';
import { SessionManager } from '../../../src/model/session-manager';
import type { ISettings } from '../../../src/model/settings';
import { DEFAULTS } from '../../../src/model/settings';
import { decodeKernelMessage } from '../../../src/record/decode';
import { makeRecord, makeSession } from '../builders';
import { english } from '../english';
import { FakePort, LOADED, answer, settle } from '../kernel/fake-port';
import { FakeNotebook } from './fake-notebook';

describe('model/session-manager', () => {
  let manager: SessionManager;
  let notebook: FakeNotebook;
  let port: FakePort;
  let settings: ISettings & { changed: Signal<ISettings, void> };

  beforeEach(() => {
    settings = {
      values: { ...DEFAULTS },
      forKernel: { sampling_hz: 10 }
    } as typeof settings;
    settings.changed = new Signal<ISettings, void>(settings);
    manager = new SessionManager({
      settings,
      decoder: () => Promise.resolve(decodeKernelMessage),
      trans: english
    });
    notebook = new FakeNotebook({ a: 'x = 1', b: 'y = 2' });
    port = new FakePort();
    notebook.port = port;
  });

  afterEach(() => {
    manager.dispose();
  });

  const record = (id = 'a', source = 'x = 1') =>
    makeRecord({ cell_id: id, source });

  async function snapshot(of: FakePort, ...cells: ReturnType<typeof record>[]) {
    await settle();
    of.channel.tell({
      type: 'session',
      session: makeSession(cells),
      enabled: true
    });
  }

  it('should have nothing to show without a notebook', () => {
    expect(manager.state.connection).toEqual({
      kind: 'none',
      reason: 'no-notebook'
    });
    manager.setCurrent(manager.add(new FakeNotebook()).notebook);
    expect(manager.state.connection).toEqual({
      kind: 'none',
      reason: 'no-kernel'
    });
  });

  it('should follow the notebook in front', async () => {
    const seen: unknown[] = [];
    manager.currentChanged.connect((_, profile) => void seen.push(profile));
    const profile = manager.add(notebook);
    manager.setCurrent(notebook);
    manager.setCurrent(notebook);
    await snapshot(port, record());
    expect(manager.state.connection.kind).toBe('connected');
    expect(manager.state.session?.notebook).toBe('inference.ipynb');
    notebook.dispose();
    expect(seen).toEqual([profile, null]);
    expect(profile.isDisposed).toBe(true);
    expect(manager.profiles).toEqual([]);
  });

  it('should share one session among notebooks on one kernel', async () => {
    const second = new FakeNotebook({ c: 'z = 3' });
    const secondPort = new FakePort();
    second.port = secondPort;
    const first = manager.add(notebook);
    const other = manager.add(second);
    await snapshot(port, record('a'), record('c', 'z = 3'));
    expect(other.model).toBe(first.model);
    expect(secondPort.evaluated).toEqual([]);
    // The cell of the other notebook is not gone.
    expect([...first.state.stale, ...other.state.stale]).toEqual([]);
    notebook.dispose();
    await settle();
    expect(secondPort.channels).toHaveLength(1);
    expect(other.model?.isDisposed).toBe(false);
    expect(other.state.stale.size).toBe(1);
  });

  describe('telling the kernel what its notebooks say', () => {
    beforeEach(() => jest.useFakeTimers());
    afterEach(() => jest.useRealTimers());

    const told = () => port.channel.told.slice(1).map(({ cells }) => cells);

    it('should wait until the user rests', async () => {
      manager.add(notebook);
      await settle();
      jest.advanceTimersByTime(1000);
      expect(port.channel.told).toHaveLength(1);
      for (const text of ['y = 3', 'y = 33']) {
        notebook.type('b', text);
        jest.advanceTimersByTime(900);
        expect(told()).toEqual([]);
      }
      jest.advanceTimersByTime(100);
      expect(told()).toEqual([
        [{ cell_id: 'a' }, { cell_id: 'b', source: 'y = 33' }]
      ]);
    });

    it('should tell before a cell runs, and only what is new', async () => {
      manager.add(notebook);
      await settle();
      notebook.type('a', 'x = 5');
      notebook.insert('c', 'z');
      notebook.scheduled.emit();
      notebook.scheduled.emit();
      jest.advanceTimersByTime(1000);
      expect(told()).toEqual([
        [
          { cell_id: 'a', source: 'x = 5' },
          { cell_id: 'b' },
          { cell_id: 'c', source: 'z' }
        ]
      ]);
    });

    it('should tell of all notebooks on the kernel', async () => {
      const second = new FakeNotebook({ c: 'z = 3' });
      second.port = new FakePort();
      manager.add(notebook);
      await settle();
      manager.add(second);
      jest.advanceTimersByTime(1000);
      second.dispose();
      jest.advanceTimersByTime(1000);
      const own = [{ cell_id: 'a' }, { cell_id: 'b' }];
      expect(told()).toEqual([
        [...own, { cell_id: 'c', source: 'z = 3' }],
        own
      ]);
    });
  });

  it('should follow the notebook to another kernel and let go of the old', async () => {
    const profile = manager.add(notebook);
    await snapshot(port, record());
    const former = profile.model;
    const next = new FakePort('kernel-2');
    notebook.setPort(next);
    await snapshot(next);
    expect(profile.model).not.toBe(former);
    expect(former?.isDisposed).toBe(true);
    expect(port.channel.isDisposed).toBe(true);
    expect(profile.state.session?.cells).toEqual([]);
  });

  it('should go on when the same kernel comes through a new connection', async () => {
    const profile = manager.add(notebook);
    await snapshot(port, record());
    const again = new FakePort();
    notebook.setPort(again);
    await snapshot(again, record());
    expect(profile.state.connection.kind).toBe('connected');
  });

  it('should show what was measured after the kernel is gone', async () => {
    const profile = manager.add(notebook);
    await snapshot(port, record());
    notebook.setPort(null);
    expect(profile.state.connection.kind).toBe('disconnected');
    expect(profile.state.session?.cells).toHaveLength(1);
  });

  it.each([
    ['%pip install jupyterlab-torchprof'],
    ['!uv pip install -U jupyterlab-torchprof'],
    ['%pip install dist/jupyterlab_torchprof-0.1.0-py3-none-any.whl'],
    ['import x\n%load_ext jupyterlab_torchprof'],
    ['%reload_ext jupyterlab_torchprof']
  ])('should load after %j', async source => {
    port.evaluations = [answer('missing'), LOADED];
    manager.add(notebook);
    await settle();
    notebook.executed.emit('x = 1');
    await settle();
    expect(port.evaluated).toHaveLength(1);
    notebook.executed.emit(source);
    await settle();
    expect(port.channels).toHaveLength(1);
  });

  it('should not load again after %unload_ext', async () => {
    manager.add(notebook);
    await snapshot(port);
    port.channel.tell({ type: 'goodbye' });
    notebook.executed.emit('%unload_ext jupyterlab_torchprof');
    await settle();
    expect(port.channels).toHaveLength(1);
  });

  it('should load at the wish of the user', async () => {
    settings.values.autoload = false;
    const profile = manager.add(notebook);
    await settle();
    expect(profile.state.connection.kind).toBe('idle');
    await manager.load(profile);
    expect(port.channels).toHaveLength(1);
  });

  it('should push changed settings to the kernel', async () => {
    manager.add(notebook);
    await snapshot(port);
    settings.changed.emit();
    expect(port.channel.sent).toEqual([
      { type: 'settings', settings: { sampling_hz: 10 } }
    ]);
  });

  it('should share what was dismissed, and hear of rules that are turned off', async () => {
    const second = new FakeNotebook({ c: 'z = 3' });
    second.port = new FakePort();
    const first = manager.add(notebook);
    const other = manager.add(second);
    let changes = 0;
    other.changed.connect(() => (changes += 1));
    setDismissed(notebook, { rule: 'r', cell_id: 'a' }, true);
    expect(changes).toBeGreaterThan(0);
    expect(other.state.silenced).toEqual(first.state.silenced);
    expect(other.silenced.dismissed).toEqual(new Map([['a', new Set(['r'])]]));
    settings.values.rulesOff = ['s'];
    settings.changed.emit();
    expect(first.silenced.rulesOff).toEqual(new Set(['s']));
  });

  it('#dispose() should end everything', async () => {
    const profile = manager.add(notebook);
    await snapshot(port);
    manager.dispose();
    expect(profile.isDisposed).toBe(true);
    expect(port.isDisposed).toBe(true);
    expect(port.channel.isDisposed).toBe(true);
  });
});
