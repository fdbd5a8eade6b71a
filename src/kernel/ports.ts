import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IKernelPort, PortState } from './port';

/**
 * The ways to one kernel: each notebook on it brings a connection of its own, and takes it away
 * when it closes. The oldest is used.
 */
export class KernelPorts implements IDisposable {
  /** The port in use, `null` without any. */
  get current(): IKernelPort | null {
    return this._ports[0] ?? null;
  }

  /** Another port is in use, or none. */
  get currentChanged(): ISignal<this, IKernelPort | null> {
    return this._currentChanged;
  }

  /** The state of the port in use, whenever it took a step. */
  get stateChanged(): ISignal<this, PortState> {
    return this._stateChanged;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Add a port; disposing of it takes it away again. */
  add(port: IKernelPort): void {
    this._ports.push(port);
    port.stateChanged.connect(this._onState, this);
    port.disposed.connect(this._onDisposed, this);
    if (this._ports.length === 1) {
      this._currentChanged.emit(port);
    }
  }

  /** Dispose of all ports. */
  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    Signal.clearData(this);
    for (const port of this._ports.splice(0)) {
      port.dispose();
    }
  }

  private _onState(port: IKernelPort, state: PortState): void {
    if (port === this.current) {
      this._stateChanged.emit(state);
    }
  }

  private _onDisposed(port: IKernelPort): void {
    const wasCurrent = port === this.current;
    this._ports = this._ports.filter(other => other !== port);
    if (wasCurrent) {
      this._currentChanged.emit(this.current);
    }
  }

  private _currentChanged = new Signal<this, IKernelPort | null>(this);
  private _isDisposed = false;
  private _ports: IKernelPort[] = [];
  private _stateChanged = new Signal<this, PortState>(this);
}
