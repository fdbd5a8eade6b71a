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

/** Token of the profiler. */
export const IProfiler = new Token<IProfiler>(
  'jupyterlab-torchprof:IProfiler',
  'Profiles of the open notebooks: what each cell cost and where its tensors live.'
);
