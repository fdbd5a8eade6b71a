import type { IDisposable } from '@lumino/disposable';

/** Milliseconds between two drawings of what the kernel tells: nobody reads faster. */
export const PACE = 333;
/** Milliseconds that what can wait is waited with: a short cell is over by then. */
export const GATHER = 100;

/**
 * Tells of news at a pace that a reader can follow. Each telling has the page drawn, which costs as
 * much for one number as for all: news that come close together are told together.
 */
export class Pace implements IDisposable {
  /** @param _tell - called with all news since it was called last */
  constructor(private readonly _tell: () => void) {}

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Something that somebody waits for: told at once, unless something was told just now. */
  soon(): void {
    const wait = this._last + PACE - performance.now();
    if (wait <= 0) {
      this.now();
    } else {
      this._in(wait);
    }
  }

  /** Something that more may follow: told with it. */
  later(): void {
    this._in(Math.max(GATHER, this._last + PACE - performance.now()));
  }

  /** Tell now. */
  now(): void {
    window.clearTimeout(this._timer);
    this._timer = 0;
    this._last = performance.now();
    if (!this._isDisposed) {
      this._tell();
    }
  }

  dispose(): void {
    this._isDisposed = true;
    window.clearTimeout(this._timer);
  }

  private _in(wait: number): void {
    const due = performance.now() + wait;
    // What waits already is not kept longer by what comes next.
    if (!this._isDisposed && (this._timer === 0 || due < this._due)) {
      window.clearTimeout(this._timer);
      this._due = due;
      this._timer = window.setTimeout(() => this.now(), wait);
    }
  }

  /** When the timer rings. */
  private _due = 0;
  private _isDisposed = false;
  private _last = -Infinity;
  private _timer = 0;
}
