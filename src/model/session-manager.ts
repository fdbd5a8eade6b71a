import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { KernelLink } from '../kernel/link';
import type { IKernelPort } from '../kernel/port';
import type { ICellText } from '../kernel/told-texts';
import type { Connection, IPanelState, ITranslate } from '../views/state';
import { NO_NOTEBOOK } from './no-notebook';
import type { INotebook } from './notebook';
import { NotebookProfile } from './notebook-profile';
import { SessionModel } from './session-model';
import type { ISettings } from './settings';
import { Teller } from './teller';

/** A cell that puts the kernel extension where it can be loaded, or loads it. */
const LOADS =
  /^\s*%(re)?load_ext\s+jupyterlab_torchprof\b|\binstall\b.*\bjupyterlab[-_]torchprof\b/m;

/** What is shared by all notebooks on one kernel. */
interface IKernelSession {
  readonly link: KernelLink;
  readonly model: SessionModel;
  /** Tells the kernel what its notebooks say. */
  readonly teller: Teller;
}

/** Knows the profile of each open notebook, and shares one session among those on one kernel. */
export class SessionManager implements IDisposable {
  constructor(private readonly _options: SessionManager.IOptions) {
    _options.settings.changed.connect(this._onSettings, this);
  }

  /** The profile of the notebook in front, `null` if there is none. */
  get current(): NotebookProfile | null {
    return this._current;
  }

  /** Another notebook is in front. */
  get currentChanged(): ISignal<this, NotebookProfile | null> {
    return this._currentChanged;
  }

  /** The profiles of all open notebooks. */
  get profiles(): readonly NotebookProfile[] {
    return this._profiles;
  }

  /** A notebook was opened. */
  get added(): ISignal<this, NotebookProfile> {
    return this._added;
  }

  /** How the front end stands with the kernel of the notebook in front. */
  get connection(): Connection {
    return this._current?.connection ?? NO_NOTEBOOK.connection;
  }

  /** What the panel shows: of the notebook in front, or that there is none. */
  get state(): IPanelState {
    return this._current?.state ?? NO_NOTEBOOK;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Profile a notebook from now until it is disposed of. */
  add(notebook: INotebook): NotebookProfile {
    const profile = new NotebookProfile({
      notebook,
      notebooks: own => [...this._sharing(own)].map(other => other.notebook),
      rulesOff: () => this._options.settings.values.rulesOff,
      trans: this._options.trans
    });
    this._profiles = [...this._profiles, profile];
    notebook.portChanged.connect((_, port) => this._onPort(profile, port));
    notebook.cellsChanged.connect(() =>
      this._kernelOf(profile)?.teller.edited()
    );
    notebook.scheduled.connect(() => this._kernelOf(profile)?.teller.now());
    notebook.executed.connect((_, source) => this._onExecuted(profile, source));
    notebook.metadataChanged.connect(() => this._silence(profile));
    notebook.disposed.connect(() => this._remove(profile));
    this._onPort(profile, notebook.port);
    this._added.emit(profile);
    return profile;
  }

  /** Say which notebook is in front. */
  setCurrent(notebook: INotebook | null): void {
    const current =
      this._profiles.find(profile => profile.notebook === notebook) ?? null;
    if (current !== this._current) {
      this._current = current;
      this._currentChanged.emit(current);
    }
  }

  /**
   * The profile of the notebook that has this cell, of those on the kernel of `profile`; if none
   * has it, `profile` itself.
   */
  ownerOf(profile: NotebookProfile, cellId: string | null): NotebookProfile {
    const has = ({ notebook }: NotebookProfile) =>
      cellId !== null && notebook.cell(cellId) !== null;
    return [...this._sharing(profile)].find(has) ?? profile;
  }

  /** Load the kernel extension in the kernel of this notebook. */
  async load(profile: NotebookProfile): Promise<void> {
    await this._kernelOf(profile)?.link.load();
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    for (const profile of this._profiles) {
      this._remove(profile);
    }
    this._options.settings.changed.disconnect(this._onSettings, this);
    Signal.clearData(this);
  }

  private _onPort(profile: NotebookProfile, port: IKernelPort | null): void {
    if (!port) {
      // What was measured is shown until another kernel comes.
      return;
    }
    let kernel = this._kernels.get(port.kernelId);
    if (!kernel) {
      const { settings, decoder, trans } = this._options;
      const link: KernelLink = new KernelLink({
        autoload: () => settings.values.autoload,
        settings: () => settings.forKernel,
        texts: () => this._textsOn(model),
        decoder,
        trans
      });
      const model: SessionModel = new SessionModel(
        link,
        () => settings.values.history
      );
      kernel = { link, model, teller: new Teller(() => link.tellTexts()) };
      this._kernels.set(port.kernelId, kernel);
    }
    profile.model = kernel.model;
    this._silence(profile);
    kernel.link.ports.add(port);
    kernel.teller.edited();
    this._release();
  }

  /** What is dismissed in one notebook is so in all that show its cells. */
  private _silence(profile: NotebookProfile): void {
    for (const other of this._sharing(profile)) {
      other.silence();
    }
  }

  private _remove(profile: NotebookProfile): void {
    if (this._current === profile) {
      this.setCurrent(null);
    }
    this._profiles = this._profiles.filter(other => other !== profile);
    this._kernelOf(profile)?.teller.edited();
    profile.dispose();
    this._release();
  }

  /** Let go of kernels that no notebook shows any more. */
  private _release(): void {
    for (const [id, { link, model, teller }] of this._kernels) {
      if (!this._profiles.some(profile => profile.model === model)) {
        this._kernels.delete(id);
        teller.dispose();
        link.dispose();
        model.dispose();
      }
    }
  }

  private _onExecuted(profile: NotebookProfile, source: string): void {
    const kind = profile.model?.connection.kind;
    const waits =
      kind === 'missing' || kind === 'idle' || kind === 'disconnected';
    if (waits && LOADS.test(source)) {
      void this.load(profile);
    }
  }

  private _onSettings(): void {
    for (const { link } of this._kernels.values()) {
      link.sendSettings(this._options.settings.forKernel);
    }
    for (const profile of this._profiles) {
      profile.silence();
    }
  }

  /** The code cells of all notebooks on a kernel, in order. */
  private *_textsOn(model: SessionModel): Iterable<ICellText> {
    for (const { model: own, notebook } of this._profiles) {
      for (const id of own === model ? notebook.cellIds : []) {
        yield { id, source: notebook.cell(id)?.source.getSource() ?? '' };
      }
    }
  }

  private _kernelOf(profile: NotebookProfile): IKernelSession | undefined {
    return [...this._kernels.values()].find(
      ({ model }) => model === profile.model
    );
  }

  /** The profiles on one kernel, this one first. */
  private *_sharing(profile: NotebookProfile): Iterable<NotebookProfile> {
    yield profile;
    for (const other of this._profiles) {
      if (other !== profile && other.model === profile.model) {
        yield other;
      }
    }
  }

  private _added = new Signal<this, NotebookProfile>(this);
  private _current: NotebookProfile | null = null;
  private _currentChanged = new Signal<this, NotebookProfile | null>(this);
  private _isDisposed = false;
  private _kernels = new Map<string, IKernelSession>();
  private _profiles: readonly NotebookProfile[] = [];
}

/** Types of `SessionManager`. */
export namespace SessionManager {
  /** What a manager is made of. */
  export interface IOptions {
    settings: ISettings;
    /** Loads the decoder, a chunk of its own. */
    decoder(): Promise<KernelLink.Decoder>;
    trans: ITranslate;
  }
}
