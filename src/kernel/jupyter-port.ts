import type { Kernel } from '@jupyterlab/services';
import { KernelMessage } from '@jupyterlab/services';
import type { JSONObject, JSONValue } from '@lumino/coreutils';
import { UUID } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { Evaluation, IChannel, IKernelPort, PortState } from './port';

/** The key under which the expression travels; only its value comes back. */
const EXPRESSION = 'torchprof';

/**
 * A kernel through JupyterLab's connection.
 *
 * The channel is made of plain comm messages rather than `createComm`: of several connections to
 * one kernel (a second notebook, a console) only one may handle comms, and it need not be ours.
 * Comm messages reach every connection, so listening for our own comm id works on any of them.
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
    if (isRestarting(status)) {
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
    return (await this._connection.info).language_info.name;
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
    if (['starting', 'idle', 'dead'].includes(status) || isRestarting(status)) {
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

type ShellComm =
  | KernelMessage.ICommOpenMsg<'shell'>
  | KernelMessage.ICommMsgMsg<'shell'>
  | KernelMessage.ICommCloseMsg<'shell'>;

class CommChannel implements IChannel {
  constructor(
    private readonly _connection: Kernel.IKernelConnection,
    target: string,
    data: JSONObject
  ) {
    _connection.iopubMessage.connect(this._onMessage, this);
    _connection.disposed.connect(this._onConnectionDisposed, this);
    // A page that goes away says so, or the kernel would go on sending to it.
    window.addEventListener('pagehide', this._onPageHide);
    this._send<KernelMessage.ICommOpenMsg<'shell'>>('comm_open', {
      comm_id: this._id,
      target_name: target,
      data
    });
  }

  get received(): ISignal<this, JSONValue> {
    return this._received;
  }

  get closed(): ISignal<this, void> {
    return this._closed;
  }

  get disposed(): ISignal<this, void> {
    return this._disposed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  send(data: JSONObject): void {
    if (!this._isDisposed) {
      this._send<KernelMessage.ICommMsgMsg<'shell'>>('comm_msg', {
        comm_id: this._id,
        data
      });
    }
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    if (!this._closedByKernel && !isRestarting(this._connection.status)) {
      this._send<KernelMessage.ICommCloseMsg<'shell'>>('comm_close', {
        comm_id: this._id,
        data: {}
      });
    }
    this._detach();
  }

  private _send<T extends ShellComm>(
    msgType: T['header']['msg_type'],
    content: T['content']
  ): void {
    const { isDisposed, status, clientId, username } = this._connection;
    if (isDisposed || status === 'dead') {
      return;
    }
    // The three kinds of comm message differ in their content only, which `T` has checked.
    const options = {
      msgType,
      channel: 'shell',
      session: clientId,
      username,
      content
    } as unknown as KernelMessage.IOptions<KernelMessage.ICommMsgMsg<'shell'>>;
    const message = KernelMessage.createMessage(options);
    this._connection.sendShellMessage(message, false, true);
  }

  private _onMessage(
    _: Kernel.IKernelConnection,
    message: KernelMessage.IIOPubMessage
  ): void {
    if (KernelMessage.isCommMsgMsg(message)) {
      if (message.content.comm_id === this._id) {
        this._received.emit(message.content.data);
      }
    } else if (
      KernelMessage.isCommCloseMsg(message) &&
      message.content.comm_id === this._id
    ) {
      this._closedByKernel = true;
      this._closed.emit();
      this.dispose();
    }
  }

  private _onConnectionDisposed(): void {
    this._detach();
  }

  private _onPageHide = (): void => {
    this.dispose();
  };

  private _detach(): void {
    this._isDisposed = true;
    window.removeEventListener('pagehide', this._onPageHide);
    this._connection.iopubMessage.disconnect(this._onMessage, this);
    this._connection.disposed.disconnect(this._onConnectionDisposed, this);
    this._disposed.emit();
    Signal.clearData(this);
  }

  private readonly _id = UUID.uuid4();
  private _closedByKernel = false;
  private _isDisposed = false;
  private _received = new Signal<this, JSONValue>(this);
  private _closed = new Signal<this, void>(this);
  private _disposed = new Signal<this, void>(this);
}

function isRestarting(status: KernelMessage.Status): boolean {
  return status === 'restarting' || status === 'autorestarting';
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
