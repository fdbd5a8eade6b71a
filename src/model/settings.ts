import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { Settings } from '../record/_session';

/** What the user can set, as in `schema/plugin.json`. */
export interface ISettingValues {
  /** Load the kernel extension in every Python kernel. */
  autoload: boolean;
  /** Show a badge under each profiled cell. */
  badges: boolean;
  /** Seconds that a run must take to get a badge; 0: any. */
  badgeMinimumSeconds: number;
  /** Mebibytes that a run must grow or peak by to get a badge; 0: any. */
  badgeMinimumMebibytes: number;
  /** Show beside each line what it took. */
  lineHeat: boolean;
  /** Underline the lines that advice is about. */
  adviceUnderlines: boolean;
  /** Show memory of kernel and devices in the status bar. */
  statusBar: boolean;
  /** Memory samples per second while a cell runs. */
  samplingHz: number;
  /** Runs kept per kernel. */
  history: number;
  /** Ids of advice rules that stay silent. */
  rulesOff: string[];
  /** Ids of advice rules to ask that are off by default. */
  rulesOn: string[];
  /** Address of the Perfetto that opens traces. */
  traceViewer: string;
}

/** The settings as the models see them. */
export interface ISettings {
  readonly values: ISettingValues;
  /** The part that the kernel needs, in its own names. */
  readonly forKernel: Settings;
  readonly changed: ISignal<ISettings, void>;
}

/** What holds where there is no setting registry; the schema has the same defaults. */
export const DEFAULTS: Readonly<ISettingValues> = {
  autoload: true,
  badges: true,
  badgeMinimumSeconds: 0.05,
  badgeMinimumMebibytes: 1,
  lineHeat: true,
  adviceUnderlines: true,
  statusBar: true,
  samplingHz: 10,
  history: 1000,
  rulesOff: [],
  rulesOn: [],
  traceViewer: 'https://ui.perfetto.dev'
};

const MINIMA = ['badgeMinimumSeconds', 'badgeMinimumMebibytes'] as const;

/** The settings of the user, or the defaults until they are known. */
export class ProfilerSettings implements ISettings {
  get values(): ISettingValues {
    const values = { ...DEFAULTS, ...(this._settings?.composite ?? {}) };
    // Overrides of a server are not held against the schema.
    for (const key of MINIMA) {
      values[key] = Number.isFinite(values[key])
        ? Math.max(0, values[key])
        : DEFAULTS[key];
    }
    if (!isAddress(values.traceViewer)) {
      values.traceViewer = DEFAULTS.traceViewer;
    }
    return values;
  }

  get forKernel(): Settings {
    const { samplingHz, history, rulesOff, rulesOn } = this.values;
    return {
      sampling_hz: samplingHz,
      history,
      rules_off: rulesOff,
      rules_on: rulesOn
    };
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Follow these settings from now on. */
  follow(settings: ISettingRegistry.ISettings): void {
    this._settings = settings;
    settings.changed.connect(() => this._changed.emit());
    this._changed.emit();
  }

  /** Change one setting for good; without a registry it cannot be changed. */
  async set<K extends keyof ISettingValues>(
    key: K,
    value: ISettingValues[K]
  ): Promise<void> {
    await this._settings?.set(key, value);
  }

  private _changed = new Signal<this, void>(this);
  private _settings: ISettingRegistry.ISettings | null = null;
}

/** Whether it is one of the web's; any other could run a script in this page. */
function isAddress(text: unknown): boolean {
  try {
    return ['https:', 'http:'].includes(new URL(String(text)).protocol);
  } catch {
    return false;
  }
}
