import type { IDisposable } from '@lumino/disposable';

import type { ILiveSample, IRunning } from '../views/state';

/** Milliseconds between two looks at a cell that runs: numbers that race help nobody. */
const PERIOD = 1000;

/** The cell that runs now, for how long, and what was sampled of it. */
export class RunningCell implements IDisposable {
  /** @param _tick - called once a second while a cell runs */
  constructor(private readonly _tick: () => void) {}

  /** Id of the cell, `null` while none runs. */
  get cellId(): string | null {
    return this._running?.cell.cell_id ?? null;
  }

  /** As they were at the last look, oldest first. */
  get samples(): readonly ILiveSample[] {
    return this._running?.samples ?? [];
  }

  /**
   * Seconds since the cell began: of the kernel's clock up to its last sample, and of ours after
   * it, since a cell that is deep in a library may let no sample through.
   */
  get elapsed(): number {
    return this._at + (performance.now() - this._seen) / 1000;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Take note of what runs now. */
  follow(running: IRunning | null): void {
    if (this._isDisposed) {
      return;
    }
    const isNew = running?.cell.run_id !== this._running?.cell.run_id;
    this._running = running;
    if (!running) {
      window.clearInterval(this._timer);
      return;
    }
    const at = running.samples[running.samples.length - 1]?.t_s ?? 0;
    if (isNew || at > this._at) {
      this._at = Number.isFinite(at) ? at : 0;
      this._seen = performance.now();
    }
    if (isNew) {
      window.clearInterval(this._timer);
      this._timer = window.setInterval(this._tick, PERIOD);
    }
  }

  dispose(): void {
    this._isDisposed = true;
    window.clearInterval(this._timer);
  }

  private _at = 0;
  private _isDisposed = false;
  private _running: IRunning | null = null;
  private _seen = 0;
  private _timer = 0;
}
