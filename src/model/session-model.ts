import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { KernelLink } from '../kernel/link';
import { isHoldingKey } from '../record/holding';
import type {
  Action,
  CellRecord,
  CellStarted,
  Check,
  HealthEntry,
  Session
} from '../record/_session';
import type { KernelMessage } from '../record/messages';
import type {
  ActionState,
  ActionStates,
  Connection,
  IRunning
} from '../views/state';
import { withOwner } from './owners';
import { SampleBuffer } from './samples';

/** The part of the health under which messages are counted that could not be read. */
const MESSAGES = 'messages';

/** What the model needs of the link to the kernel. */
export type ISessionLink = Pick<
  KernelLink,
  | 'connection'
  | 'connectionChanged'
  | 'received'
  | 'refused'
  | 'requestSnapshot'
  | 'runAction'
  | 'runDoctor'
  | 'askDeep'
  | 'tracePart'
  | 'replay'
  | 'measureRoofs'
  | 'stopDeep'
>;

/** What happened. */
export type SessionChange =
  | {
      kind:
        | 'connection'
        | 'session'
        | 'started'
        | 'sampled'
        | 'memory'
        | 'health'
        | 'action';
    }
  /** A run ended, or, if it is not new, the record of an earlier run was replaced. */
  | { kind: 'ended'; record: CellRecord; isNew: boolean };

/**
 * What is known of one kernel's session: the runs, and the cell that runs now. Notebooks on the
 * same kernel share it.
 */
export class SessionModel implements IDisposable {
  /**
   * @param _link - where the messages come from
   * @param _history - the most runs that are kept
   */
  constructor(
    private readonly _link: ISessionLink,
    private readonly _history: () => number
  ) {
    _link.received.connect(this._onMessage, this);
    _link.refused.connect(this._onRefused, this);
    _link.connectionChanged.connect(this._onConnection, this);
  }

  /** Something changed; values read before stay as they were. */
  get changed(): ISignal<this, SessionChange> {
    return this._changed;
  }

  /** How the front end stands with the kernel. */
  get connection(): Connection {
    return this._link.connection;
  }

  /** The session, `null` until the kernel has sent its first. */
  get session(): Session | null {
    return this._session;
  }

  /** The cell that runs, `null` if none does. */
  get running(): IRunning | null {
    return this._running
      ? {
          cell: this._running,
          samples: this._samples.toArray(),
          seen: this._seen
        }
      : null;
  }

  /** What came of the actions that were asked for, by their keys, the latest last. */
  get actions(): ActionStates {
    return this._actions;
  }

  /**
   * Have the kernel carry out an action; `actions` says what came of it.
   *
   * @param key - where that is kept: `actionKey`, until the cell runs again, or `holdingKey`, until
   * any does
   */
  async act(key: string, action: Action): Promise<void> {
    if (this._actions.get(key)?.kind === 'waiting') {
      return;
    }
    this._setAction(key, { kind: 'waiting' });
    try {
      const { ok, message } = await this._link.runAction(action);
      this._setAction(key, { kind: 'done', ok, message });
    } catch (error) {
      const { message } = error as Error;
      this._setAction(key, { kind: 'done', ok: false, message });
    }
  }

  /**
   * Have the next run of a cell recorded in depth.
   *
   * @throws ActionError if the kernel cannot be reached
   */
  askDeep(cellId: string): void {
    this._link.askDeep(cellId);
  }

  /** End what is recorded in depth of the cell that runs. */
  stopDeep(): void {
    if (this._running) {
      this._link.stopDeep(this._running.run_id);
    }
  }

  /**
   * What a run recorded in depth, event by event: JSON, compressed by gzip.
   *
   * @throws Error if the kernel has it no more or cannot be reached; the message is a sentence
   */
  async trace(runId: string): Promise<Uint8Array<ArrayBuffer>> {
    const { readTrace } = await import('../kernel/trace');
    return readTrace(part => this._link.tracePart(runId, part));
  }

  /**
   * Run recorded work of a run again, in another way; the record then has what was measured.
   *
   * @returns why it could not be done; `null`: it was
   */
  async tryOut(
    runId: string,
    work: number,
    alternative: string
  ): Promise<string | null> {
    return refusalOf(this._link.replay(runId, work, alternative));
  }

  /**
   * Have the kernel measure what the devices of a deep profile do at best; the record has it then.
   *
   * @returns why it was not measured; `null`: it was
   */
  async measureRoofs(runId: string): Promise<string | null> {
    return refusalOf(this._link.measureRoofs(runId));
  }

  /** Say which cells runs belong to that came without: ids of cells by ids of runs. */
  adopt(owners: ReadonlyMap<string, string>): void {
    if (!this._session || owners.size === 0) {
      return;
    }
    this._owners = new Map([...this._owners, ...owners]);
    const cells = this._owned(this._session.cells ?? []);
    this._session = { ...this._session, cells };
    this._changed.emit({ kind: 'session' });
  }

  /**
   * What the doctor finds in the kernel's process.
   *
   * @throws ActionError if the kernel cannot be reached
   */
  checks(): Promise<Check[]> {
    return this._link.runDoctor();
  }

  /** Runs that are kept at most. */
  get history(): number {
    return this._history();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      Signal.clearData(this);
    }
  }

  private _onMessage(_: ISessionLink, message: KernelMessage): void {
    switch (message.type) {
      case 'session':
        this._session = this._afterFormer(message.session);
        this._setHealth(message.session.health ?? []);
        this._begin(message.running ?? null);
        this._changed.emit({ kind: 'session' });
        break;
      case 'memory':
        if (this._session) {
          this._session = { ...this._session, memory_now: message.memory };
          this._changed.emit({ kind: 'memory' });
        }
        break;
      case 'start':
        this._begin(message);
        this._forgetHolding();
        this._changed.emit({ kind: 'started' });
        break;
      case 'sample':
        if (message.run_id === this._running?.run_id) {
          this._samples.push({
            ...message.sample,
            line: message.line,
            deep: message.deep,
            ranks: message.ranks
          });
          this._seen = performance.now();
          this._changed.emit({ kind: 'sampled' });
        }
        break;
      case 'end':
        this._end(
          this._owned([message.record])[0],
          message.memory ?? this._session?.memory_now
        );
        break;
      case 'status':
        this._setHealth(message.health ?? []);
        this._changed.emit({ kind: 'health' });
        break;
      case 'action_done':
      case 'doctor_done':
      case 'trace_part':
      case 'replay_done':
      case 'roofs_done':
      case 'goodbye':
        break;
    }
  }

  /**
   * The session with the runs before it. A session that does not know the latest run is another
   * one: the kernel was restarted, or the extension loaded again.
   */
  private _afterFormer(session: Session): Session {
    const known = this._session?.cells ?? [];
    const last = known[known.length - 1];
    const cells = this._owned(session.cells ?? []);
    const goes = last && !cells.some(({ run_id }) => run_id === last.run_id);
    if (goes && !last.former) {
      this._former = known.map(asFormer);
    }
    const all = [...this._former, ...cells];
    return { ...session, cells: all.slice(-this._history()) };
  }

  /** The runs, each with the cell that it is known to belong to. */
  private _owned(records: readonly CellRecord[]): CellRecord[] {
    return records.map(record => {
      const owner = this._owners.get(record.run_id);
      return record.cell_id === null && owner !== undefined
        ? withOwner(record, owner)
        : record;
    });
  }

  private _setAction(key: string, state: ActionState): void {
    const actions = new Map(this._actions);
    actions.delete(key);
    this._actions = actions.set(key, state);
    this._changed.emit({ kind: 'action' });
  }

  /** What was done about memory is no news any more once a cell runs. */
  private _forgetHolding(): void {
    this._actions = new Map(
      [...this._actions].filter(([key]) => !isHoldingKey(key))
    );
  }

  private _begin(cell: CellStarted | null): void {
    if (cell?.run_id !== this._running?.run_id) {
      this._samples = new SampleBuffer();
      this._seen = performance.now();
    }
    this._running = cell;
  }

  private _end(record: CellRecord, memory_now: Session['memory_now']): void {
    if (record.run_id === this._running?.run_id) {
      this._running = null;
    }
    if (!this._session) {
      return;
    }
    const cells = [...(this._session.cells ?? [])];
    const index = cells.findIndex(({ run_id }) => run_id === record.run_id);
    if (index >= 0) {
      cells[index] = record;
    } else {
      // Of a quick cell nothing but its end is told.
      this._forgetHolding();
      cells.push(record);
      cells.splice(0, cells.length - this._history());
    }
    this._session = { ...this._session, cells, memory_now };
    this._catchUp(record);
    this._changed.emit({ kind: 'ended', record, isNew: index < 0 });
  }

  /**
   * The environment is sent with the session only, and learns of PyTorch and its devices when
   * the user imports it: ask again when a record knows more.
   */
  private _catchUp(record: CellRecord): void {
    const { torch, devices } = this._session!.environment;
    const known = ['host', ...(devices ?? []).map(({ device }) => device)];
    const news = (record.memory ?? [])
      .map(({ device }) => device)
      .filter(device => !known.includes(device));
    if (record.placement && !torch) {
      news.push('torch');
    }
    const asked = news.join();
    if (asked && asked !== this._asked) {
      this._asked = asked;
      this._link.requestSnapshot();
    }
  }

  private _onRefused(_: ISessionLink, reason: string): void {
    this._refusals = {
      part: MESSAGES,
      failures: (this._refusals?.failures ?? 0) + 1,
      message: reason
    };
    this._setHealth(this._kernelHealth);
    this._changed.emit({ kind: 'health' });
  }

  /** The kernel's health, and after it our own. */
  private _setHealth(kernel: HealthEntry[]): void {
    this._kernelHealth = kernel;
    if (this._session) {
      const health = this._refusals ? [...kernel, this._refusals] : kernel;
      this._session = { ...this._session, health };
    }
  }

  private _onConnection(_: ISessionLink, connection: Connection): void {
    if (connection.kind !== 'connected') {
      // Nobody will tell when it ends; if it still runs, the next session says so.
      this._running = null;
    }
    this._changed.emit({ kind: 'connection' });
  }

  private _actions: ActionStates = new Map();
  /** What the kernel was last asked to tell about. */
  private _asked = '';
  private _changed = new Signal<this, SessionChange>(this);
  private _isDisposed = false;
  /** Runs of the sessions before this one, oldest first. */
  private _former: readonly CellRecord[] = [];
  private _kernelHealth: HealthEntry[] = [];
  /** Cells of runs that came without their id, by id of the run. */
  private _owners: ReadonlyMap<string, string> = new Map();
  private _refusals: HealthEntry | null = null;
  private _running: CellStarted | null = null;
  private _samples = new SampleBuffer();
  /** When the last sample came, or the news of the cell's start: `performance.now()`. */
  private _seen = 0;
  private _session: Session | null = null;
}

/**
 * What it left in the kernel is gone, and with it what could be done there, and the advice that was
 * about nothing else.
 */
function asFormer(record: CellRecord): CellRecord {
  const advice = (record.advice ?? [])
    .filter(({ leftover }) => !leftover)
    .map(one => ({ ...one, actions: [] }));
  return record.former ? record : { ...record, advice, former: true };
}

/** Why something was not done, in the kernel's words or the link's; `null`: it was. */
async function refusalOf(
  answer: Promise<{ message?: string }>
): Promise<string | null> {
  try {
    return (await answer).message || null;
  } catch (error) {
    return (error as Error).message;
  }
}
