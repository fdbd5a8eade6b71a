import { Token } from '@lumino/coreutils';

import type { SessionManager } from './model/session-manager';
import type { ProfilerSettings } from './model/settings';
import type { ProfilerActions } from './panel/actions';

/** The profiler, for this extension's own plugins and for those of others. */
export interface IProfiler {
  /** The profile of each open notebook, and which one is in front. */
  readonly sessions: SessionManager;
  /** What a click does: select, jump, preview, apply, export, load. */
  readonly actions: ProfilerActions;
  /** What the user set. */
  readonly settings: ProfilerSettings;
}

/**
 * The profiler as JupyterLab starts with it: a few kilobytes that load the rest with the first
 * notebook. A plugin that requires it does its work once that has happened:
 *
 * ```ts
 * void lazy.ready.then(({ sessions }) => { … });
 * ```
 */
export interface ILazyProfiler {
  /** What the user set. */
  readonly settings: ProfilerSettings;
  /** The profiler, `null` until it is loaded. */
  readonly loaded: IProfiler | null;
  /** Resolves once it is loaded, with the first notebook; does not ask for it. */
  readonly ready: Promise<IProfiler>;
  /** Load it now. Rejects if its files cannot be had; a later call tries again. */
  load(): Promise<IProfiler>;
}

/** Token of the profiler. */
export const ILazyProfiler = new Token<ILazyProfiler>(
  'jupyterlab-torchprof:ILazyProfiler',
  'Profiles of the open notebooks: what each cell cost and where its tensors live.'
);
