import type { Kernel } from '@jupyterlab/services';
import { KernelMessage } from '@jupyterlab/services';
import type { JSONObject } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { CommChannel, isRestarting } from './comm-channel';
import type { Evaluation, IChannel, IKernelPort, PortState } from './port';

/** The key under which the expression travels; only its value comes back. */
const EXPRESSION = 'torchprof';

/**
 * A kernel through JupyterLab's connection.
 */
export class JupyterPort implements IKernelPort {
  constructor(private readonly _connection: Kernel.IKernelConnection) {
    _connection.statusChanged.connect(this._onStatus, this);
    _connection.connectionStatusChanged.connect(this._onConnectionStatus, this);
    _connection.disposed.connect(this.dispose, this);
  }

  get kernelId(): string {
    return this._connection.id;
  }

  get state(): PortState {
    const { status, connectionStatus, isDisposed } = this._connection;
    if (status === 'dead' || isDisposed) {
      return 'dead';
    }
    if (isRestarting(this._connection)) {
      return 'restarting';
    }
    return connectionStatus === 'connected' ? 'up' : 'unreachable';
  }

  get stateChanged(): ISignal<this, PortState> {
    return this._stateChanged;
  }

  get disposed(): ISignal<this, void> {
    return this._disposed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  async language(): Promise<string> {
    const { info, spec } = this._connection;
    const told = info.then(({ language_info }) => language_info.name);
    // Whoever has the specification's answer does not hear how this ends.
    told.catch(() => undefined);
    // It is there before the kernel is up, and the first cell may wait for the kernel already.
    const specified = await Promise.race([
      told,
      spec.then(
        found => found?.language,
        () => undefined
      )
    ]);
    return specified === 'python' ? specified : told;
  }

  async evaluate(expression: string): Promise<Evaluation> {
    const reply = await this._connection.requestExecute(
      {
        code: '',
        silent: true,
        store_history: false,
        allow_stdin: false,
        stop_on_error: false,
        user_expressions: { [EXPRESSION]: expression }
      },
      true
    ).done;
    return reply.content.status === 'ok'
      ? evaluationOf(reply.content.user_expressions?.[EXPRESSION])
      : { kind: 'aborted' };
  }

  control(type: string, content: JSONObject): void {
    const { isDisposed, status, clientId, username } = this._connection;
    if (isDisposed || status === 'dead') {
      return;
    }
    // JupyterLab's types list the messages that it sends itself.
    const options = {
      msgType: type,
      channel: 'control',
      session: clientId,
      username,
      content
    } as unknown as KernelMessage.IOptions<KernelMessage.IDebugRequestMsg>;
    const message = KernelMessage.createMessage(options);
    this._connection.sendControlMessage(message, false, true);
  }

  open(target: string, data: JSONObject): IChannel {
    return new CommChannel(this._connection, target, data);
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._connection.statusChanged.disconnect(this._onStatus, this);
    this._connection.connectionStatusChanged.disconnect(
      this._onConnectionStatus,
      this
    );
    this._connection.disposed.disconnect(this.dispose, this);
    this._disposed.emit();
    Signal.clearData(this);
  }

  private _onStatus(
    _: Kernel.IKernelConnection,
    status: KernelMessage.Status
  ): void {
    // A kernel that died and was started again stays at "starting" until somebody asks it
    // something, so this step counts as up like the others. Busy says nothing new.
    if (
      ['starting', 'idle', 'dead'].includes(status) ||
      isRestarting(this._connection)
    ) {
      this._stateChanged.emit(this.state);
    }
  }

  private _onConnectionStatus(): void {
    this._stateChanged.emit(this.state);
  }

  private _isDisposed = false;
  private _disposed = new Signal<this, void>(this);
  private _stateChanged = new Signal<this, PortState>(this);
}

/** The value of a user expression, of which JupyterLab's types say nothing. */
function evaluationOf(answer: unknown): Evaluation {
  const { status, data, ename, evalue } = (answer ?? {}) as {
    status?: string;
    data?: { 'text/plain'?: unknown };
    ename?: unknown;
    evalue?: unknown;
  };
  const text = data?.['text/plain'];
  if (status === 'ok' && typeof text === 'string') {
    return { kind: 'value', text };
  }
  return ename === 'KeyboardInterrupt'
    ? { kind: 'aborted' }
    : {
        kind: 'error',
        name: String(ename ?? 'unknown'),
        message: String(evalue ?? '')
      };
}
