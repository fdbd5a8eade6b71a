import type { Kernel } from '@jupyterlab/services';
import { KernelMessage } from '@jupyterlab/services';
import type { JSONObject, JSONValue } from '@lumino/coreutils';
import { UUID } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IChannel } from './port';

type ShellComm =
  | KernelMessage.ICommOpenMsg<'shell'>
  | KernelMessage.ICommMsgMsg<'shell'>
  | KernelMessage.ICommCloseMsg<'shell'>;

/**
 * A comm made of plain messages rather than by `createComm`: of several connections to one kernel
 * (a second notebook, a console) only one may handle comms, and it need not be ours. Comm messages
 * reach every connection, so listening for our own comm id works on any of them.
 */
export class CommChannel implements IChannel {
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
    if (!this._closedByKernel && !isRestarting(this._connection)) {
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

/** Whether the server is replacing the kernel process: what was opened on it is gone. */
export function isRestarting({ status }: Kernel.IKernelConnection): boolean {
  return status === 'restarting' || status === 'autorestarting';
}
