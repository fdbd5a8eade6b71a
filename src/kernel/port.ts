/**
 * The narrow part of a kernel connection that the link needs. JupyterLab's connection stands
 * behind it in the product (`jupyter-port.ts`), a fake in tests.
 */
import type { JSONObject, JSONValue } from '@lumino/coreutils';
import type { IObservableDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';

/**
 * What matters of a kernel's life:
 * - `up`: it starts, runs or idles, and answers requests;
 * - `restarting`: what was opened on it is gone;
 * - `unreachable`: the connection to the server is lost, the kernel may go on;
 * - `dead`: it will not come back by itself.
 */
export type PortState = 'up' | 'restarting' | 'unreachable' | 'dead';

/** How a silent evaluation ended. */
export type Evaluation =
  | { kind: 'value'; text: string }
  | { kind: 'error'; name: string; message: string }
  /** An earlier cell failed, or the user interrupted: worth another try. */
  | { kind: 'aborted' };

/** A two-way stream of messages to the kernel extension. */
export interface IChannel extends IObservableDisposable {
  /** Messages of the kernel extension, not yet validated. */
  readonly received: ISignal<IChannel, JSONValue>;
  /** The kernel closed the channel. */
  readonly closed: ISignal<IChannel, void>;
  /** Send a message; nothing is sent when the kernel is gone. */
  send(data: JSONObject): void;
}

/** One kernel, through one connection. */
export interface IKernelPort extends IObservableDisposable {
  /** Id of the server-side kernel: two connections to the same kernel have the same. */
  readonly kernelId: string;
  readonly state: PortState;
  /** Also emitted for each further step on the way up (`starting`, then `idle`). */
  readonly stateChanged: ISignal<IKernelPort, PortState>;
  /** Name of the kernel's language. Rejects when the connection ends first. */
  language(): Promise<string>;
  /**
   * Evaluate an expression silently: no output, no counter, no history, no name left behind.
   * Rejects when the kernel restarts or the connection ends first.
   */
  evaluate(expression: string): Promise<Evaluation>;
  /**
   * Send a message that a busy kernel takes, too, and does not answer. One that does not know its
   * type passes it over.
   */
  control(type: string, content: JSONObject): void;
  /** Open a comm. The kernel answers over `received`, or closes it if it knows no such target. */
  open(target: string, data: JSONObject): IChannel;
}
