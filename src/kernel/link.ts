import type { JSONObject } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type {
  Action,
  ActionDone,
  Check,
  DoctorDone,
  RoofsDone,
  Settings,
  ReplayDone,
  TracePart
} from '../record/_session';
import type { FrontEndMessage, KernelMessage } from '../record/messages';
import type { Connection, ITranslate } from '../views/state';
import { explain, loadKernelExtension } from './loader';
import type { IChannel, IKernelPort, PortState } from './port';
import { KernelPorts } from './ports';
import { ActionError, KernelRequests } from './requests';
import type { ICellText } from './told-texts';
import { ToldTexts } from './told-texts';

/** Names, as in `messages.py`: of the comm target, and of a message on the control channel. */
export const COMM_TARGET = 'jupyterlab-torchprof';
export const STOP_REQUEST = 'torchprof_stop_request';

/**
 * The link to one kernel's extension, however many notebooks share the kernel: loads it, opens
 * the channel, and does so again after restarts and lost connections. Nothing waits for a busy
 * kernel; its answers arrive when they arrive.
 */
export class KernelLink implements IDisposable {
  /** A link without any way to the kernel yet: add ports. */
  constructor(private readonly _options: KernelLink.IOptions) {
    this.ports.currentChanged.connect(this._onPort, this);
    this.ports.stateChanged.connect(this._onState, this);
  }

  /** The connections to the kernel. */
  readonly ports = new KernelPorts();

  /** How the front end stands with the kernel. */
  get connection(): Connection {
    return this._connection;
  }

  /** The connection changed. */
  get connectionChanged(): ISignal<this, Connection> {
    return this._connectionChanged;
  }

  /** A valid message of the kernel extension. */
  get received(): ISignal<this, KernelMessage> {
    return this._received;
  }

  /** A message of the kernel was refused; a sentence says why. */
  get refused(): ISignal<this, string> {
    return this._refused;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Load the kernel extension now, also where `autoload` is off or an earlier try failed. */
  async load(): Promise<void> {
    if (this._connection.kind !== 'connected') {
      await this._connect(true);
    }
  }

  /** Tell the kernel what the user set. */
  sendSettings(settings: Settings): void {
    this._send({ type: 'settings', settings });
  }

  /** Tell the kernel what has changed in the cells of its notebooks. */
  tellTexts(): void {
    const message = this._channel && this._told.next(this._options.texts());
    if (message) {
      this._send(message);
    }
  }

  /** Ask the kernel for the whole session; it arrives as a message. */
  requestSnapshot(): void {
    this._send({ type: 'snapshot' });
  }

  /**
   * Have the kernel carry out an action. A busy kernel answers when its cell has ended.
   *
   * @throws ActionError if there is no connection, or it ends before the answer came
   */
  async runAction(action: Action): Promise<ActionDone> {
    this._assertOpen();
    return this._requests.ask<ActionDone>(request_id =>
      this._send({ type: 'action', request_id, action })
    );
  }

  /**
   * Have the next run of a cell recorded in depth. A kernel whose extension is older runs it as ever.
   *
   * @throws ActionError if there is no connection
   */
  askDeep(cellId: string): void {
    this._assertOpen();
    this._send({ type: 'deep', cell_id: cellId });
  }

  /** End what is recorded of a run in depth, though the kernel is busy with it. */
  stopDeep(run_id: string): void {
    this.ports.current?.control(STOP_REQUEST, { run_id });
  }

  /**
   * A part of what a run recorded in depth. A busy kernel answers when its cell has ended.
   *
   * @throws ActionError if there is no connection, or it ends before the answer came
   */
  async tracePart(run_id: string, part: number): Promise<TracePart> {
    this._assertOpen();
    return this._requests.ask<TracePart>(request_id =>
      this._send({ type: 'trace', request_id, run_id, part })
    );
  }

  /**
   * Run recorded work of a run again, in another way. The record that has what was measured comes
   * before the answer; a busy kernel answers when its cell has ended.
   *
   * @throws ActionError if there is no connection, or it ends before the answer came
   */
  async replay(
    run_id: string,
    work: number,
    alternative: string
  ): Promise<ReplayDone> {
    this._assertOpen();
    return this._requests.ask<ReplayDone>(request_id =>
      this._send({ type: 'replay', request_id, run_id, work, alternative })
    );
  }

  /**
   * Have the kernel measure what the devices of a deep profile do at best. The record that has it
   * comes before the answer; a busy kernel answers when its cell has ended.
   *
   * @throws ActionError if there is no connection, or it ends before the answer came
   */
  async measureRoofs(run_id: string): Promise<RoofsDone> {
    this._assertOpen();
    return this._requests.ask<RoofsDone>(request_id =>
      this._send({ type: 'roofs', request_id, run_id })
    );
  }

  /**
   * Have the doctor look at the kernel. A busy kernel answers when its cell has ended; one whose
   * extension is older does not answer.
   *
   * @throws ActionError if there is no connection, or it ends before the answer came
   */
  async runDoctor(): Promise<Check[]> {
    this._assertOpen();
    const { checks } = await this._requests.ask<DoctorDone>(request_id =>
      this._send({ type: 'doctor', request_id })
    );
    return checks;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._drop();
    this.ports.dispose();
    Signal.clearData(this);
  }

  /**
   * Load and open. A later call takes over from an earlier one that has not finished.
   *
   * On a kernel that is known, nothing is awaited before the requests go out: after "Restart and
   * run all" they must reach the kernel before the user's cells do. On a new one, nothing but its
   * language is: a cell that gets there first is not measured.
   */
  private async _connect(asked: boolean): Promise<void> {
    const port = this.ports.current;
    if (!port || this._isDisposed) {
      return;
    }
    this._drop();
    this._isStale = false;
    const attempt = this._attempt;
    const isCurrent = () => attempt === this._attempt;
    this._setConnection({ kind: 'connecting' });
    try {
      this._language ??= await port.language();
      if (isCurrent() && this._language !== 'python') {
        this._setConnection({ kind: 'none', reason: 'not-python' });
      } else if (isCurrent() && !asked && !this._options.autoload()) {
        this._setConnection({ kind: 'idle' });
      } else if (isCurrent()) {
        await this._load(port, isCurrent);
      }
    } catch {
      // The request ended with the connection or with the kernel.
      if (isCurrent()) {
        this._giveUp();
      }
    }
  }

  private async _load(
    port: IKernelPort,
    isCurrent: () => boolean
  ): Promise<void> {
    const loading = loadKernelExtension(port, isCurrent);
    if (this._wasLoaded && this._decode) {
      // It will be there again by the time that the kernel reads this.
      this._open(port, this._decode);
    }
    const [result, decode] = await Promise.all([
      loading,
      this._decode ?? this._options.decoder()
    ]);
    if (!isCurrent()) {
      return;
    }
    this._decode = decode;
    this._wasLoaded = result.kind === 'loaded';
    if (result.kind === 'loaded') {
      if (!this._channel) {
        this._open(port, decode);
      }
    } else if (result.kind === 'aborted') {
      this._giveUp();
    } else {
      this._drop();
      this._setConnection(explain(result, this._options.trans));
    }
  }

  private _open(port: IKernelPort, decode: KernelLink.Decoder): void {
    const hello: FrontEndMessage = {
      type: 'hello',
      settings: this._options.settings()
    };
    const channel = port.open(COMM_TARGET, hello as unknown as JSONObject);
    this._channel = channel;
    this._told = new ToldTexts();
    this.tellTexts();
    channel.received.connect((_, data) => {
      try {
        const message = decode(data);
        if (message) {
          this._take(message);
        }
      } catch (error) {
        this._refuse((error as Error).message);
      }
    });
    channel.closed.connect(() => {
      if (this._channel === channel && this._connection.kind === 'connecting') {
        // Opened before the extension was there: what comes of loading decides.
        this._channel = null;
      } else if (this._channel === channel) {
        this._end();
      }
    });
  }

  private _take(message: KernelMessage): void {
    if (message.type === 'session' || message.type === 'status') {
      this._setConnection({ kind: 'connected', enabled: message.enabled });
    }
    if (
      message.type === 'action_done' ||
      message.type === 'doctor_done' ||
      message.type === 'trace_part' ||
      message.type === 'replay_done' ||
      message.type === 'roofs_done'
    ) {
      this._requests.answer(message);
    }
    this._received.emit(message);
    if (message.type === 'goodbye') {
      this._end();
    }
  }

  private _refuse(message: string): void {
    if (this._connection.kind === 'connecting') {
      // Without a session that can be read there is nothing to show but the reason.
      this._setConnection({ kind: 'disconnected', message });
    }
    this._refused.emit(message);
  }

  /** The kernel extension was unloaded: that was somebody's wish, so it is not loaded again. */
  private _end(): void {
    this._drop();
    this._setConnection({ kind: 'idle' });
  }

  private _onPort(_: KernelPorts, port: IKernelPort | null): void {
    if (port) {
      // The first notebook on the kernel, or, with a channel open, the next one takes over.
      void this._connect(this._channel !== null);
    } else {
      this._drop();
    }
  }

  private _onState(_: KernelPorts, state: PortState): void {
    const { trans } = this._options;
    if (state === 'up') {
      this._resume();
    } else if (state === 'restarting') {
      this._drop();
      this._lose(trans.__('The kernel is restarting.'));
    } else if (state === 'dead') {
      this._drop();
      this._lose(trans.__('The kernel has died.'));
    } else if (!this._isStale) {
      // The kernel may go on, and its extension still knows the channel when we are back.
      this._lose(trans.__('The connection to the kernel is lost.'));
    }
  }

  private _resume(): void {
    if (!this._isStale) {
      return;
    }
    if (!this._channel) {
      void this._connect(false);
      return;
    }
    // What was sent meanwhile is lost.
    this._isStale = false;
    this._requests.abandon(
      this._options.trans.__(
        'The connection was lost meanwhile: whether it was done is not known.'
      )
    );
    this._setConnection({ kind: 'connecting' });
    this.requestSnapshot();
  }

  private _giveUp(): void {
    this._lose(this._options.trans.__('The kernel did not answer.'));
  }

  private _lose(message: string): void {
    this._isStale = true;
    this._setConnection({ kind: 'disconnected', message });
  }

  private _assertOpen(): void {
    if (!this._channel) {
      throw new ActionError(
        this._options.trans.__('The kernel cannot be reached.')
      );
    }
  }

  private _send(message: FrontEndMessage): void {
    this._channel?.send(message as unknown as JSONObject);
  }

  /** Let go of the channel and of an attempt under way. */
  private _drop(): void {
    const channel = this._channel;
    this._channel = null;
    this._attempt += 1;
    channel?.dispose();
    this._requests.abandon(
      this._options.trans.__('The kernel went away before it was done.')
    );
  }

  private _setConnection(connection: Connection): void {
    this._connection = connection;
    this._connectionChanged.emit(connection);
  }

  private _attempt = 0;
  private _channel: IChannel | null = null;
  private _connection: Connection = { kind: 'connecting' };
  private _connectionChanged = new Signal<this, Connection>(this);
  private _decode: KernelLink.Decoder | null = null;
  private _isDisposed = false;
  /** The kernel, or the way to it, was lost: connect when it is up again. */
  private _isStale = false;
  /** The kernel's language, which no restart changes. */
  private _language: string | null = null;
  private _received = new Signal<this, KernelMessage>(this);
  private _refused = new Signal<this, string>(this);
  private readonly _requests = new KernelRequests();
  private _told = new ToldTexts();
  /** The last try to load got through. */
  private _wasLoaded = false;
}

/** Types of `KernelLink`. */
export namespace KernelLink {
  /** Reads a message; see `decodeKernelMessage`. */
  export type Decoder = (data: unknown) => KernelMessage | null;

  /** What a link is made of. */
  export interface IOptions {
    /** Whether to load the kernel extension without being asked. */
    autoload(): boolean;
    /** What the user set, as the kernel needs it. */
    settings(): Settings;
    /** The code cells of the notebooks on the kernel, in order. */
    texts(): Iterable<ICellText>;
    /** The decoder, a chunk of its own. */
    decoder(): Promise<Decoder>;
    trans: ITranslate;
  }
}
