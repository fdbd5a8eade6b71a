import { Signal } from '@lumino/signaling';

import type {
  ISessionLink,
  SessionChange
} from '../../../src/model/session-model';
import { SessionModel } from '../../../src/model/session-model';
import type {
  Action,
  ActionDone,
  DeepReplay
} from '../../../src/record/_session';
import { actionKey } from '../../../src/record/derive';
import type { KernelMessage } from '../../../src/record/messages';
import type { Connection } from '../../../src/views/state';
import {
  makeAdvice,
  makeMemory,
  makeRecord,
  makeSample,
  makeSession,
  makeStart
} from '../builders';

class FakeLink {
  connection: Connection = { kind: 'connected', enabled: true };
  snapshots = 0;
  readonly connectionChanged = new Signal<this, Connection>(this);
  readonly received = new Signal<this, KernelMessage>(this);
  readonly refused = new Signal<this, string>(this);
  answer: () => Promise<ActionDone> = () => Promise.reject(new Error('None.'));
  asked = 0;

  runDoctor(): Promise<[]> {
    return Promise.resolve([]);
  }

  replay(
    _run: string,
    work: number
  ): Promise<{ replay: DeepReplay | null; message: string }> {
    return work === 0
      ? Promise.resolve({ replay: null, message: 'It is gone.' })
      : Promise.reject(new Error('The kernel cannot be reached.'));
  }

  runAction(): Promise<ActionDone> {
    this.asked += 1;
    return this.answer();
  }

  requestSnapshot(): void {
    this.snapshots += 1;
  }
}

describe('model/session-model', () => {
  let link: FakeLink;
  let model: SessionModel;
  let changes: SessionChange['kind'][];

  beforeEach(() => {
    link = new FakeLink();
    model = new SessionModel(link as unknown as ISessionLink, () => 3);
    changes = [];
    model.changed.connect((_, { kind }) => void changes.push(kind));
  });

  const take = (message: KernelMessage) => link.received.emit(message);
  const sample = (run_id: string, t_s: number) =>
    take({ type: 'sample', run_id, sample: makeSample(t_s) });

  function begin(...cells: ReturnType<typeof makeRecord>[]): void {
    take({ type: 'session', session: makeSession(cells), enabled: true });
  }

  const ids = () => model.session!.cells!.map(({ run_id }) => run_id);

  it('#tryOut() should say why work was not run again', async () => {
    expect(await model.tryOut('a', 0, 'sdpa')).toBe('It is gone.');
    expect(await model.tryOut('a', 1, 'sdpa')).toContain('cannot be reached');
  });

  it('should keep the runs of a kernel that was restarted, without what can be done there', () => {
    const action = { kind: 'empty_cache' } as Partial<Action> as Action;
    const advice = makeAdvice({ actions: [action] });
    begin(makeRecord({ run_id: 'a', advice: [advice] }));
    begin(makeRecord({ run_id: 'b' }));
    expect(
      model.session!.cells!.map(({ run_id, former }) => [run_id, former])
    ).toEqual([
      ['a', true],
      ['b', undefined]
    ]);
    expect(model.session!.cells![0].advice![0].actions).toEqual([]);
    // The same kernel again, after a lost connection, and twice restarted.
    begin(makeRecord({ run_id: 'b' }), makeRecord({ run_id: 'c' }));
    expect(ids()).toEqual(['a', 'b', 'c']);
    begin();
    begin();
    expect(ids()).toEqual(['a', 'b', 'c']);
    expect(model.session!.cells!.every(({ former }) => former)).toBe(true);
    take({ type: 'end', record: makeRecord({ run_id: 'd' }) });
    expect(ids()).toEqual(['b', 'c', 'd']);
  });

  it('should withdraw advice on memory that a restart has freed', () => {
    const held = makeAdvice({ rule: 'out-cache-tensor', leftover: true });
    const code = makeAdvice({ rule: 'no-grad-inference' });
    begin(makeRecord({ run_id: 'a', advice: [held, code] }));
    expect(model.session!.cells![0].advice).toHaveLength(2);
    begin(makeRecord({ run_id: 'b' }));
    const rules = model.session!.cells![0].advice!.map(({ rule }) => rule);
    expect(rules).toEqual(['no-grad-inference']);
  });

  it('should have nothing before the kernel has spoken', () => {
    take({ type: 'end', record: makeRecord() });
    expect(model.session).toBeNull();
    expect(model.running).toBeNull();
  });

  it('should follow a run from start to end', () => {
    begin();
    const cell = makeStart();
    take(cell);
    sample(cell.run_id, 0);
    sample('another run', 0.1);
    sample(cell.run_id, 0.2);
    expect(model.running?.cell).toBe(cell);
    expect(model.running?.samples.map(({ t_s }) => t_s)).toEqual([0, 0.2]);
    const record = makeRecord({ run_id: cell.run_id });
    take({ type: 'end', record });
    expect(model.running).toBeNull();
    expect(model.session?.cells).toEqual([record]);
    expect(changes).toEqual([
      'session',
      'started',
      'sampled',
      'sampled',
      'ended'
    ]);
  });

  it('should replace the record of an earlier run, and leave what was read before', () => {
    const [first, second] = [makeRecord(), makeRecord()];
    begin(first, second);
    const before = model.session;
    const changed = { ...first, advice: [] };
    take({ type: 'end', record: changed });
    expect(model.session?.cells).toEqual([changed, second]);
    expect(model.session?.cells?.[0]).toBe(changed);
    expect(before?.cells?.[0]).toBe(first);
  });

  it('should keep as many runs as the kernel does', () => {
    begin();
    const records = [1, 2, 3, 4, 5].map(() => makeRecord());
    for (const record of records) {
      take({ type: 'end', record });
    }
    expect(model.session?.cells).toEqual(records.slice(2));
  });

  it('should keep the samples of a running cell when the session is sent again', () => {
    const cell = makeStart();
    begin();
    take(cell);
    sample(cell.run_id, 0);
    take({
      type: 'session',
      session: makeSession(),
      enabled: true,
      running: cell
    });
    expect(model.running?.samples).toHaveLength(1);
    begin();
    expect(model.running).toBeNull();
  });

  it('should not show a cell as running when the kernel is lost', () => {
    begin();
    take(makeStart());
    link.connectionChanged.emit({ kind: 'disconnected', message: '' });
    expect(model.running).toBeNull();
    expect(model.session).not.toBeNull();
  });

  it('should count messages that cannot be read beside the kernel’s own failures', () => {
    begin();
    link.refused.emit('first');
    link.refused.emit('second');
    const kernel = { part: 'placement', failures: 1, message: 'KeyError' };
    take({ type: 'status', enabled: true, health: [kernel] });
    expect(model.session?.health).toEqual([
      kernel,
      { part: 'messages', failures: 2, message: 'second' }
    ]);
  });

  it('should know what holds memory since a cell ended', () => {
    take({ type: 'session', session: makeSession(), enabled: true });
    const memory = { devices: [], run_id: 'r' } as never;
    take({ type: 'end', record: makeRecord(), memory });
    expect(model.session?.memory_now).toBe(memory);
    take({ type: 'end', record: makeRecord({ run_id: 'earlier' }) });
    expect(model.session?.memory_now).toBe(memory);
  });

  it('should ask again, once, when a record knows more than the environment', () => {
    begin();
    take({ type: 'end', record: makeRecord() });
    expect(link.snapshots).toBe(0);
    const memory = [makeMemory(), makeMemory({ device: 'cuda:0' })];
    take({ type: 'end', record: makeRecord({ memory, placement: {} }) });
    take({ type: 'end', record: makeRecord({ memory, placement: {} }) });
    expect(link.snapshots).toBe(1);
  });

  describe('#act()', () => {
    const action: Action = {
      kind: 'empty_cache',
      title: 'Empty the cache',
      description: ''
    };
    const record = makeRecord();
    const advice = makeAdvice();
    const key = actionKey(record, advice, action);
    const state = () => model.actions.get(key);

    it('should wait, ask once, and keep what the kernel answered', async () => {
      let answer: (done: ActionDone) => void = () => undefined;
      link.answer = () => new Promise(resolve => (answer = resolve));
      const acting = model.act(key, action);
      expect(state()).toEqual({ kind: 'waiting' });
      void model.act(key, action);
      expect(link.asked).toBe(1);
      answer({
        type: 'action_done',
        request_id: '',
        action,
        ok: true,
        message: 'Freed 1 GiB.'
      });
      await acting;
      expect(state()).toEqual({
        kind: 'done',
        ok: true,
        message: 'Freed 1 GiB.'
      });
      expect(changes).toEqual(['action', 'action']);
    });

    it('should keep why it could not be done', async () => {
      await model.act(key, action);
      expect(state()).toEqual({ kind: 'done', ok: false, message: 'None.' });
    });

    it('should not say of the next run what was done for this one', async () => {
      await model.act(key, action);
      const again = actionKey(makeRecord(), advice, action);
      expect(model.actions.has(again)).toBe(false);
    });
  });
});
