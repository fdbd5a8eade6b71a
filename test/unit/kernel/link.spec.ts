import { KernelLink, STOP_REQUEST } from '../../../src/kernel/link';
import { decodeKernelMessage } from '../../../src/record/decode';
import type { Action } from '../../../src/record/_session';
import type { KernelMessage } from '../../../src/record/messages';
import type { Connection } from '../../../src/views/state';
import { makeRecord, makeSession } from '../builders';
import { english } from '../english';
import { FakePort, LOADED, answer, settle } from './fake-port';

const SNAPSHOT = { type: 'session', session: makeSession(), enabled: true };

describe('kernel/link', () => {
  let autoload: boolean;
  let link: KernelLink;
  let port: FakePort;
  let received: KernelMessage[];
  let refused: string[];
  let seen: Connection['kind'][];

  let texts: { id: string; source: string }[];

  beforeEach(() => {
    autoload = true;
    texts = [
      { id: 'a', source: 'x = 1' },
      { id: 'b', source: 'x' }
    ];
    port = new FakePort();
    link = new KernelLink({
      autoload: () => autoload,
      settings: () => ({ sampling_hz: 5, history: 10, rules_off: ['a'] }),
      texts: () => texts,
      decoder: () => Promise.resolve(decodeKernelMessage),
      trans: english
    });
    received = [];
    refused = [];
    seen = [];
    link.received.connect((_, message) => void received.push(message));
    link.refused.connect((_, message) => void refused.push(message));
    link.connectionChanged.connect((_, { kind }) => void seen.push(kind));
  });

  afterEach(() => {
    link.dispose();
  });

  async function connect(): Promise<void> {
    link.ports.add(port);
    await settle();
    port.channel.tell(SNAPSHOT);
  }

  describe('telling what the notebook says', () => {
    const all = {
      type: 'notebook',
      cells: [
        { cell_id: 'a', source: 'x = 1' },
        { cell_id: 'b', source: 'x' }
      ]
    };

    it('should come right after the greeting, before any cell can run', async () => {
      link.ports.add(port);
      await settle();
      expect(port.channel.told).toEqual([all]);
    });

    it('should leave out what the kernel knows', async () => {
      await connect();
      link.tellTexts();
      expect(port.channel.told).toHaveLength(1);
      texts = [texts[1], { id: 'a', source: 'x = 2' }];
      link.tellTexts();
      texts = [texts[1], texts[0]];
      link.tellTexts();
      expect(port.channel.told.slice(1)).toEqual([
        {
          type: 'notebook',
          cells: [{ cell_id: 'b' }, { cell_id: 'a', source: 'x = 2' }]
        },
        { type: 'notebook', cells: [{ cell_id: 'a' }, { cell_id: 'b' }] }
      ]);
    });

    it('should say once that there is too much, and begin anew', async () => {
      await connect();
      const few = texts;
      texts = [{ id: 'a', source: '#'.repeat(1_000_001) }];
      link.tellTexts();
      link.tellTexts();
      texts = Array.from({ length: 2001 }, (_, n) => ({
        id: `${n}`,
        source: ''
      }));
      link.tellTexts();
      texts = few;
      link.tellTexts();
      expect(port.channel.told.slice(1)).toEqual([
        { type: 'notebook', cells: null },
        all
      ]);
    });

    it('should tell all of it to a kernel that was restarted', async () => {
      await connect();
      port.step('restarting');
      link.tellTexts();
      port.step('up');
      await settle();
      expect(port.channels).toHaveLength(2);
      expect(port.channels.map(channel => channel.told)).toEqual([
        [all],
        [all]
      ]);
    });
  });

  describe('opening', () => {
    it('should load, say hello and be connected when the session comes', async () => {
      link.ports.add(port);
      await settle();
      expect(port.channel.target).toBe('jupyterlab-torchprof');
      expect(port.channel.hello).toEqual({
        type: 'hello',
        settings: { sampling_hz: 5, history: 10, rules_off: ['a'] }
      });
      expect(link.connection.kind).toBe('connecting');
      port.channel.tell({ ...SNAPSHOT, enabled: false });
      expect(link.connection).toEqual({ kind: 'connected', enabled: false });
      expect(received).toHaveLength(1);
    });

    it('should ask the kernel to load before all that is needed here is here', async () => {
      let arrive: (decode: KernelLink.Decoder) => void = () => undefined;
      const slow = new KernelLink({
        autoload: () => true,
        settings: () => ({}),
        texts: () => [],
        decoder: () => new Promise(resolve => (arrive = resolve)),
        trans: english
      });
      slow.ports.add(port);
      await settle();
      // A cell that the user runs now comes after this, so it is measured.
      expect(port.evaluated).toHaveLength(1);
      expect(port.channels).toEqual([]);

      arrive(decodeKernelMessage);
      await settle();
      // It has run meanwhile: the session that answers the channel has it.
      const record = makeRecord();
      const session = makeSession([record]);
      slow.received.connect((_, message) => void received.push(message));
      port.channel.tell({ ...SNAPSHOT, session });
      expect(received).toEqual([{ ...SNAPSHOT, session }]);
      expect(slow.connection.kind).toBe('connected');
      slow.dispose();
    });

    it('should leave kernels of other languages alone', async () => {
      port.languageName = Promise.resolve('julia');
      link.ports.add(port);
      await settle();
      expect(link.connection).toEqual({ kind: 'none', reason: 'not-python' });
      expect(port.evaluated).toEqual([]);
    });

    it('should wait to be asked where autoload is off', async () => {
      autoload = false;
      link.ports.add(port);
      await settle();
      expect(link.connection.kind).toBe('idle');
      expect(port.evaluated).toEqual([]);
      await link.load();
      expect(port.channels).toHaveLength(1);
    });

    it('should say how to install a missing package, and load once it is there', async () => {
      port.evaluations = [answer('missing'), LOADED];
      link.ports.add(port);
      await settle();
      expect(link.connection).toMatchObject({
        kind: 'missing',
        install: '%pip install jupyterlab_torchprof-*.whl'
      });
      await link.load();
      port.channel.tell(SNAPSHOT);
      expect(link.connection.kind).toBe('connected');
    });

    it('should say why the extension cannot be used', async () => {
      port.evaluations = [answer('failed', 'IPython 7.1 is too old')];
      link.ports.add(port);
      await settle();
      expect(link.connection).toMatchObject({
        kind: 'missing',
        message: expect.stringContaining('IPython 7.1 is too old'),
        install: '%pip install --upgrade jupyterlab_torchprof-*.whl'
      });
      // A kernel that goes idle is no reason to try again.
      port.step('up');
      await settle();
      expect(port.evaluated).toHaveLength(1);
    });

    it.each([
      [{ kind: 'error', name: 'NameError', message: 'exec' } as const],
      [{ kind: 'value', text: "'%%%'" } as const]
    ])('should survive an odd answer (%#)', async evaluation => {
      port.evaluations = [evaluation];
      link.ports.add(port);
      await settle();
      expect(link.connection.kind).toBe('missing');
    });

    it('should try again when a failing cell swept the request away', async () => {
      port.evaluations = [{ kind: 'aborted' }, { kind: 'aborted' }, LOADED];
      link.ports.add(port);
      await settle();
      expect(port.evaluated).toHaveLength(3);
      expect(port.channels).toHaveLength(1);
    });

    it('should give up after some tries and connect at the next sign of life', async () => {
      port.evaluations = [{ kind: 'aborted' }];
      link.ports.add(port);
      await settle();
      expect(link.connection.kind).toBe('disconnected');
      expect(port.evaluated.length).toBeLessThan(10);
      port.evaluations = [LOADED];
      port.step('up');
      await settle();
      expect(port.channels).toHaveLength(1);
    });
  });

  describe('messages', () => {
    it('should hand on what is valid and report what is not', async () => {
      await connect();
      port.channel.tell({ type: 'end', record: makeRecord() });
      port.channel.tell({ type: 'end', record: { source: '<img onerror>' } });
      port.channel.tell({ type: 'of-a-newer-version' });
      expect(received.map(message => message.type)).toEqual(['session', 'end']);
      expect(refused).toHaveLength(1);
      expect(link.connection.kind).toBe('connected');
    });

    it('should say why a session cannot be read', async () => {
      link.ports.add(port);
      await settle();
      const session = { ...makeSession(), schema_version: '9.0' };
      port.channel.tell({ ...SNAPSHOT, session });
      expect(link.connection).toMatchObject({
        kind: 'disconnected',
        message: expect.stringContaining('newer')
      });
    });

    it('should follow %torchprof off and on', async () => {
      await connect();
      port.channel.tell({ type: 'status', enabled: false });
      expect(link.connection).toEqual({ kind: 'connected', enabled: false });
    });

    it('should not load again what the user unloaded', async () => {
      await connect();
      const { channel } = port;
      channel.tell({ type: 'goodbye' });
      expect(link.connection.kind).toBe('idle');
      expect(channel.isDisposed).toBe(true);
      port.step('up');
      await settle();
      expect(port.channels).toHaveLength(1);
    });

    it('should be idle when the kernel closes the channel', async () => {
      await connect();
      port.channel.closed.emit();
      expect(link.connection.kind).toBe('idle');
    });

    it('should push changed settings', async () => {
      await connect();
      link.sendSettings({ sampling_hz: 2 });
      expect(port.channel.sent).toEqual([
        { type: 'settings', settings: { sampling_hz: 2 } }
      ]);
    });
  });

  describe('#runAction()', () => {
    const action: Action = {
      kind: 'release_outputs',
      title: 'Release Out[3]',
      description: 'It is computed again when the cell runs.',
      targets: ['3']
    };
    const done = (request_id: unknown) => ({
      type: 'action_done',
      request_id,
      action,
      ok: true,
      message: 'Freed 1 MiB on cuda:0.'
    });

    it('should ask the kernel and wait for its own answer', async () => {
      await connect();
      const asked = link.runAction(action);
      const [message] = port.channel.sent;
      expect(message).toMatchObject({ type: 'action', action });
      port.channel.tell({ ...done('of another'), message: 'No.' });
      port.channel.tell(done(message.request_id));
      expect(await asked).toMatchObject({ message: 'Freed 1 MiB on cuda:0.' });
    });

    it('should ask for a run in depth, and say so when there is nobody', async () => {
      expect(() => link.askDeep('a')).toThrow('cannot be reached');
      await connect();
      link.askDeep('a');
      expect(port.channel.sent).toEqual([{ type: 'deep', cell_id: 'a' }]);
    });

    it('should say so when there is nobody to ask', async () => {
      await expect(link.runAction(action)).rejects.toThrow('cannot be reached');
    });

    it('should not wait for a kernel that went away', async () => {
      await connect();
      const asked = link.runAction(action);
      port.step('restarting');
      await expect(asked).rejects.toThrow('went away');
    });

    it('should not wait for an answer that was lost with the connection', async () => {
      await connect();
      const asked = link.runAction(action);
      port.step('unreachable');
      port.step('up');
      await expect(asked).rejects.toThrow('not known');
    });
  });

  it('#tracePart() should ask the kernel for a part', async () => {
    await expect(link.tracePart('run', 0)).rejects.toThrow('cannot be reached');
    await connect();
    const asked = link.tracePart('run', 2);
    const [message] = port.channel.sent;
    expect(message).toMatchObject({ type: 'trace', run_id: 'run', part: 2 });
    const { request_id } = message;
    const part = { type: 'trace_part', request_id, parts: 3, data: 'eA==' };
    port.channel.tell(part);
    expect(await asked).toMatchObject(part);
  });

  it('#replay() should ask the kernel to run work again', async () => {
    await expect(link.replay('run', 0, 'sdpa')).rejects.toThrow(
      'cannot be reached'
    );
    await connect();
    const asked = link.replay('run', 2, 'bfloat16');
    const [message] = port.channel.sent;
    expect(message).toMatchObject({
      type: 'replay',
      run_id: 'run',
      work: 2,
      alternative: 'bfloat16'
    });
    const { request_id } = message;
    const done = { type: 'replay_done', request_id, message: 'gone' };
    port.channel.tell(done);
    expect(await asked).toMatchObject(done);
  });

  it('#measureRoofs() should ask the kernel', async () => {
    await expect(link.measureRoofs('run')).rejects.toThrow('cannot be reached');
    await connect();
    const asked = link.measureRoofs('run');
    const [message] = port.channel.sent;
    expect(message).toMatchObject({ type: 'roofs', run_id: 'run' });
    const { request_id } = message;
    port.channel.tell({ type: 'roofs_done', request_id, message: 'no' });
    expect((await asked).message).toBe('no');
  });

  it('#stopDeep() should reach a kernel that is busy', async () => {
    await connect();
    link.stopDeep('run');
    expect(port.controlled).toEqual([[STOP_REQUEST, { run_id: 'run' }]]);
    expect(port.channel.sent).toEqual([]);
  });

  it('#runDoctor() should ask the kernel for its checks', async () => {
    await expect(link.runDoctor()).rejects.toThrow('cannot be reached');
    await connect();
    const asked = link.runDoctor();
    const [message] = port.channel.sent;
    expect(message).toMatchObject({ type: 'doctor' });
    const checks = [{ level: 'ok', topic: 'driver', found: 'It fits.' }];
    const { request_id } = message;
    port.channel.tell({ type: 'doctor_done', request_id, checks });
    expect(await asked).toMatchObject(checks);
  });

  describe('restarts and lost connections', () => {
    it('should connect once after a restart, however many steps it takes', async () => {
      await connect();
      port.step('restarting');
      expect(link.connection.kind).toBe('disconnected');
      expect(port.channel.isDisposed).toBe(true);
      port.step('unreachable');
      port.step('up');
      port.step('up');
      port.step('up');
      await settle();
      expect(port.channels).toHaveLength(2);
      port.channel.tell(SNAPSHOT);
      expect(link.connection.kind).toBe('connected');
    });

    it('should load and open before anything that the user runs after a restart', async () => {
      await connect();
      port.step('restarting');
      port.step('up');
      // Not a moment later: the requests of "Restart and run all" come right after this.
      expect(port.evaluated).toHaveLength(2);
      expect(port.channels).toHaveLength(2);
      await settle();
      expect(port.channels).toHaveLength(2);
      port.channel.tell(SNAPSHOT);
      expect(link.connection.kind).toBe('connected');
    });

    it('should open again where the first request after a restart was swept away', async () => {
      await connect();
      port.evaluations = [{ kind: 'aborted' }, LOADED];
      port.step('restarting');
      port.step('up');
      port.channel.closed.emit();
      await settle();
      expect(port.channels).toHaveLength(3);
    });

    it('should say so where the extension is gone after a restart', async () => {
      await connect();
      port.evaluations = [answer('missing')];
      port.step('restarting');
      port.step('up');
      await settle();
      expect(link.connection.kind).toBe('missing');
      expect(port.channel.isDisposed).toBe(true);
    });

    it('should not listen to a channel of before the restart', async () => {
      await connect();
      const old = port.channel;
      port.step('restarting');
      port.step('up');
      await settle();
      old.tell({ type: 'goodbye' });
      expect(link.connection.kind).toBe('connecting');
    });

    it('should begin anew when the kernel restarts while loading', async () => {
      let reject: (reason: Error) => void = () => undefined;
      port.evaluate = () => new Promise((_, no) => (reject = no));
      link.ports.add(port);
      await settle();
      port.step('restarting');
      reject(new Error('Canceled future'));
      await settle();
      expect(seen).toEqual(['connecting', 'disconnected']);
      port.evaluate = FakePort.prototype.evaluate;
      port.step('up');
      await settle();
      expect(port.channels).toHaveLength(1);
    });

    it('should ask for the whole session after a lost connection', async () => {
      await connect();
      port.step('unreachable');
      expect(link.connection.kind).toBe('disconnected');
      port.step('up');
      expect(port.channel.sent).toEqual([{ type: 'snapshot' }]);
      expect(port.channels).toHaveLength(1);
      port.channel.tell(SNAPSHOT);
      expect(link.connection.kind).toBe('connected');
    });

    it('should tell of a dead kernel', async () => {
      await connect();
      port.step('dead');
      expect(link.connection).toMatchObject({
        kind: 'disconnected',
        message: expect.stringContaining('died')
      });
    });

    it('should survive a kernel that never told its language', async () => {
      port.languageName = Promise.reject(new Error('disposed'));
      link.ports.add(port);
      await settle();
      expect(link.connection.kind).toBe('disconnected');
    });
  });

  describe('several notebooks on one kernel', () => {
    it('should share one channel, and move it when the first notebook closes', async () => {
      autoload = false;
      const second = new FakePort();
      link.ports.add(port);
      link.ports.add(second);
      await settle();
      await link.load();
      port.channel.tell(SNAPSHOT);
      expect(second.channels).toHaveLength(0);
      second.step('restarting');
      expect(link.connection.kind).toBe('connected');
      port.dispose();
      await settle();
      // Loaded once at the user's wish: taking over needs no other.
      expect(second.channels).toHaveLength(1);
    });

    it('should rest when the last notebook closes', async () => {
      await connect();
      const { channel } = port;
      port.dispose();
      expect(channel.isDisposed).toBe(true);
      expect(link.ports.current).toBeNull();
    });
  });

  describe('#dispose()', () => {
    it('should end the ports and the channel, and ignore what was under way', async () => {
      await connect();
      link.dispose();
      link.dispose();
      expect(port.isDisposed).toBe(true);
      expect(port.channel.isDisposed).toBe(true);
      await link.load();
      expect(port.channels).toHaveLength(1);
    });
  });
});
