import type { IDisposable } from '@lumino/disposable';

import { elapsedOf, untilNextSecond } from '../views/parts/elapsed';
import type { ILiveSample, IRunning } from '../views/state';

/** The cell that runs now, for how long, and what was sampled of it. */
export class RunningCell implements IDisposable {
  /** @param _tick - called whenever another second of a running cell is full */
  constructor(private readonly _tick: () => void) {}

  /** Id of the cell, `null` while none runs. */
  get cellId(): string | null {
    return this._running?.cell.cell_id ?? null;
  }

  /** As they were at the last look, oldest first. */
  get samples(): readonly ILiveSample[] {
    return this._running?.samples ?? [];
  }

  /** Seconds since the cell began. */
  get elapsed(): number {
    return this._running ? elapsedOf(this._running) : 0;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Take note of what runs now. */
  follow(running: IRunning | null): void {
    if (this._isDisposed) {
      return;
    }
    this._running = running;
    window.clearTimeout(this._timer);
    if (running) {
      const wait = untilNextSecond(elapsedOf(running));
      this._timer = window.setTimeout(this._tick, wait);
    }
  }

  dispose(): void {
    this._isDisposed = true;
    window.clearTimeout(this._timer);
  }

  private _isDisposed = false;
  private _running: IRunning | null = null;
  private _timer = 0;
}
