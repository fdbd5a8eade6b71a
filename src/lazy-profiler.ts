import { PromiseDelegate } from '@lumino/coreutils';

import type { ProfilerSettings } from './model/settings';
import type { ILazyProfiler, IProfiler } from './tokens';

/** Loads the profiler when it is first needed. */
export class LazyProfiler implements ILazyProfiler {
  /** @param _create - loads and makes the profiler */
  constructor(
    readonly settings: ProfilerSettings,
    private readonly _create: () => Promise<IProfiler>
  ) {}

  get loaded(): IProfiler | null {
    return this._loaded;
  }

  get ready(): Promise<IProfiler> {
    return this._ready.promise;
  }

  load(): Promise<IProfiler> {
    this._loading ??= this._create().then(
      profiler => {
        this._loaded = profiler;
        this._ready.resolve(profiler);
        return profiler;
      },
      (reason: unknown) => {
        this._loading = null;
        throw reason;
      }
    );
    return this._loading;
  }

  private _loaded: IProfiler | null = null;
  private _loading: Promise<IProfiler> | null = null;
  private readonly _ready = new PromiseDelegate<IProfiler>();
}
