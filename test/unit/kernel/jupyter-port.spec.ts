import type { Kernel, KernelMessage } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';

import { JupyterPort } from '../../../src/kernel/jupyter-port';
import type { PortState } from '../../../src/kernel/port';

type Reply = Record<string, unknown>;

/** JupyterLab's connection, as far as the port uses it. */
class FakeConnection {
  id = 'kernel-1';
  clientId = 'client';
  username = 'user';
  status: KernelMessage.Status = 'idle';
  connectionStatus: Kernel.ConnectionStatus = 'connected';
  isDisposed = false;
  info = Promise.resolve({ language_info: { name: 'python' } });
  spec: Promise<{ language: string } | undefined> = Promise.resolve(undefined);
  reply: Reply | Error = { status: 'ok', user_expressions: {} };
  requests: Record<string, unknown>[] = [];
  sent: KernelMessage.IShellMessage[] = [];
  controlled: KernelMessage.IControlMessage[] = [];
  readonly statusChanged = new Signal<this, KernelMessage.Status>(this);
  readonly connectionStatusChanged = new Signal<this, Kernel.ConnectionStatus>(
    this
  );
  readonly iopubMessage = new Signal<this, unknown>(this);
  readonly disposed = new Signal<this, void>(this);

  requestExecute(content: Record<string, unknown>) {
    this.requests.push(content);
    const done =
      this.reply instanceof Error
        ? Promise.reject(this.reply)
        : Promise.resolve({ content: this.reply });
    return { done };
  }

  sendShellMessage(message: KernelMessage.IShellMessage): void {
    this.sent.push(message);
  }

  sendControlMessage(message: KernelMessage.IControlMessage): void {
    this.controlled.push(message);
  }

  become(status: KernelMessage.Status): void {
    this.status = status;
    this.statusChanged.emit(status);
  }

  /** The kernel sends something on the channel that everybody hears. */
  broadcast(msg_type: string, content: object): void {
    this.iopubMessage.emit({ channel: 'iopub', header: { msg_type }, content });
  }
}

describe('kernel/jupyter-port', () => {
  let connection: FakeConnection;
  let port: JupyterPort;

  beforeEach(() => {
    connection = new FakeConnection();
    port = new JupyterPort(connection as unknown as Kernel.IKernelConnection);
  });

  describe('#control()', () => {
    it('should go where a busy kernel hears it', () => {
      port.control('some_request', { run_id: 'r' });
      expect(connection.controlled).toMatchObject([
        {
          channel: 'control',
          header: { msg_type: 'some_request', session: 'client' },
          content: { run_id: 'r' }
        }
      ]);
    });

    it('should send nothing to a kernel that is gone', () => {
      connection.status = 'dead';
      port.control('some_request', {});
      expect(connection.controlled).toEqual([]);
    });
  });

  describe('#language()', () => {
    const never = new Promise<never>(() => undefined);

    it('should not wait for the kernel where the specification says Python', async () => {
      connection.spec = Promise.resolve({ language: 'python' });
      connection.info = never;
      expect(await port.language()).toBe('python');
    });

    it('should not mind that the kernel never tells then', async () => {
      connection.spec = Promise.resolve({ language: 'python' });
      let fail: (reason: Error) => void = () => undefined;
      connection.info = new Promise((_, reject) => (fail = reject));
      expect(await port.language()).toBe('python');
      fail(new Error('disposed'));
      // A rejection that nobody handles would fail the test now.
      await new Promise(resolve => setTimeout(resolve, 0));
    });

    it.each([
      ['says something else', async () => ({ language: 'Python 3' })],
      ['is unknown', async () => undefined],
      ['cannot be read', () => Promise.reject(new Error('no server'))],
      ['does not come', () => never]
    ])('should ask the kernel where the specification %s', async (_, spec) => {
      connection.spec = spec();
      connection.info = Promise.resolve({ language_info: { name: 'julia' } });
      expect(await port.language()).toBe('julia');
    });
  });

  describe('#evaluate()', () => {
    it('should leave no trace', async () => {
      connection.reply = {
        status: 'ok',
        user_expressions: {
          torchprof: { status: 'ok', data: { 'text/plain': "'4'" } }
        }
      };
      expect(await port.evaluate('2 + 2')).toEqual({
        kind: 'value',
        text: "'4'"
      });
      expect(connection.requests).toEqual([
        {
          code: '',
          silent: true,
          store_history: false,
          allow_stdin: false,
          stop_on_error: false,
          user_expressions: { torchprof: '2 + 2' }
        }
      ]);
    });

    it.each([
      [{ status: 'aborted' }, 'aborted'],
      [{ status: 'error' }, 'aborted'],
      [{ status: 'ok' }, 'error'],
      [{ status: 'ok', user_expressions: { torchprof: 7 } }, 'error'],
      [
        {
          status: 'ok',
          user_expressions: {
            torchprof: { status: 'error', ename: 'KeyboardInterrupt' }
          }
        },
        'aborted'
      ]
    ])('should read the reply %j as %s', async (reply, kind) => {
      connection.reply = reply;
      expect((await port.evaluate('x')).kind).toBe(kind);
    });

    it('should reject when the kernel goes away', async () => {
      connection.reply = new Error('Canceled future');
      await expect(port.evaluate('x')).rejects.toThrow('Canceled');
    });
  });

  it('should tell the steps of a kernel that restarts by itself', () => {
    const seen: PortState[] = [];
    port.stateChanged.connect((_, state) => void seen.push(state));
    connection.become('busy');
    connection.become('restarting');
    connection.become('autorestarting');
    connection.become('unknown');
    connection.become('starting');
    expect(seen).toEqual(['restarting', 'restarting', 'up']);
  });

  it('should tell of a lost connection, unless the kernel is restarting anyway', () => {
    connection.connectionStatus = 'connecting';
    expect(port.state).toBe('unreachable');
    connection.status = 'restarting';
    expect(port.state).toBe('restarting');
    connection.status = 'dead';
    expect(port.state).toBe('dead');
  });

  it('should end with the connection', () => {
    const channel = port.open('target', {});
    connection.isDisposed = true;
    connection.disposed.emit();
    expect(port.isDisposed).toBe(true);
    expect(channel.isDisposed).toBe(true);
  });

  describe('#open()', () => {
    const types = () => connection.sent.map(({ header }) => header.msg_type);
    const id = () =>
      (connection.sent[0].content as { comm_id: string }).comm_id;

    it('should open, send and close a comm by plain messages', () => {
      const channel = port.open('target', { type: 'hello' });
      channel.send({ a: 1 });
      channel.dispose();
      channel.send({ a: 2 });
      channel.dispose();
      expect(types()).toEqual(['comm_open', 'comm_msg', 'comm_close']);
      expect(connection.sent[0]).toMatchObject({
        channel: 'shell',
        header: { session: 'client', username: 'user' },
        content: { target_name: 'target', data: { type: 'hello' } }
      });
      expect(connection.sent[1].content).toEqual({
        comm_id: id(),
        data: { a: 1 }
      });
    });

    it('should hear its own comm only', () => {
      const channel = port.open('target', {});
      const seen: unknown[] = [];
      channel.received.connect((_, data) => void seen.push(data));
      connection.broadcast('comm_msg', { comm_id: 'widget', data: 1 });
      connection.broadcast('comm_msg', { comm_id: id(), data: 2 });
      connection.broadcast('comm_close', { comm_id: 'widget' });
      connection.broadcast('stream', { text: 'x' });
      expect(seen).toEqual([2]);
      expect(channel.isDisposed).toBe(false);
    });

    it('should end when the kernel closes it, without an answer', () => {
      const channel = port.open('target', {});
      let closed = 0;
      channel.closed.connect(() => (closed += 1));
      connection.broadcast('comm_close', { comm_id: id() });
      expect(closed).toBe(1);
      expect(channel.isDisposed).toBe(true);
      expect(types()).toEqual(['comm_open']);
    });

    it('should not speak to a kernel that restarts or is dead', () => {
      const first = port.open('target', {});
      connection.status = 'restarting';
      first.dispose();
      connection.status = 'idle';
      const second = port.open('target', {});
      connection.status = 'dead';
      second.dispose();
      expect(types()).toEqual(['comm_open', 'comm_open']);
    });

    it('should close with the page', () => {
      const channel = port.open('target', {});
      window.dispatchEvent(new Event('pagehide'));
      expect(channel.isDisposed).toBe(true);
      expect(types()).toEqual(['comm_open', 'comm_close']);
    });
  });
});
