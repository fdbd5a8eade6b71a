import type { JSONObject, JSONValue } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';

import type {
  Evaluation,
  IChannel,
  IKernelPort,
  PortState
} from '../../../src/kernel/port';

/** The answer of a kernel in which the extension has been loaded. */
export const LOADED = answer('loaded');

/** What the loading program answers, as a kernel would format it. */
export function answer(kind: string, message = ''): Evaluation {
  const json = JSON.stringify([kind, message]);
  return { kind: 'value', text: `'${encodeURIComponent(json)}'` };
}

/** A kernel without a kernel: says what the test wants and remembers what it was told. */
export class FakePort implements IKernelPort {
  constructor(readonly kernelId = 'kernel-1') {}

  /** Answers of `evaluate`, in turn; the last is given again and again. */
  evaluations: (Evaluation | Error)[] = [LOADED];
  evaluated: string[] = [];
  channels: FakeChannel[] = [];
  languageName: Promise<string> = Promise.resolve('python');
  state: PortState = 'up';
  isDisposed = false;
  readonly disposed = new Signal<this, void>(this);
  readonly stateChanged = new Signal<this, PortState>(this);

  /** The channel opened last. */
  get channel(): FakeChannel {
    return this.channels[this.channels.length - 1];
  }

  language(): Promise<string> {
    return this.languageName;
  }

  async evaluate(expression: string): Promise<Evaluation> {
    this.evaluated.push(expression);
    const next =
      this.evaluations.length > 1
        ? this.evaluations.shift()!
        : this.evaluations[0];
    if (next instanceof Error) {
      throw next;
    }
    return next;
  }

  /** What was sent on the control channel: types and contents. */
  controlled: [string, JSONObject][] = [];

  control(type: string, content: JSONObject): void {
    this.controlled.push([type, content]);
  }

  open(target: string, data: JSONObject): IChannel {
    const channel = new FakeChannel(target, data);
    this.channels.push(channel);
    return channel;
  }

  /** Take a step in the kernel's life. */
  step(state: PortState): void {
    this.state = state;
    this.stateChanged.emit(state);
  }

  dispose(): void {
    if (!this.isDisposed) {
      this.isDisposed = true;
      this.disposed.emit();
      Signal.clearData(this);
    }
  }
}

/** The front end's side of a comm. */
export class FakeChannel implements IChannel {
  constructor(
    readonly target: string,
    readonly hello: JSONObject
  ) {}

  /** What was sent, but for `told`. */
  sent: JSONObject[] = [];
  /** What was told of the notebooks' cells. */
  told: JSONObject[] = [];
  isDisposed = false;
  readonly received = new Signal<this, JSONValue>(this);
  readonly closed = new Signal<this, void>(this);
  readonly disposed = new Signal<this, void>(this);

  send(data: JSONObject): void {
    (data.type === 'notebook' ? this.told : this.sent).push(data);
  }

  /** The kernel sends a message. */
  tell(message: object): void {
    this.received.emit(JSON.parse(JSON.stringify(message)) as JSONValue);
  }

  dispose(): void {
    if (!this.isDisposed) {
      this.isDisposed = true;
      this.disposed.emit();
      Signal.clearData(this);
    }
  }
}

/** Let everything that is ready happen. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 30; i++) {
    await Promise.resolve();
  }
}
