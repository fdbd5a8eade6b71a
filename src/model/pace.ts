import type { IDisposable } from '@lumino/disposable';

/** Milliseconds between two drawings of what the kernel tells: nobody reads faster. */
export const PACE = 500;
/** Milliseconds after which there is another one, however slow the page is. */
export const SLOWEST = 1000;
/** Of the page's time, what drawings may take where cells end one after the other. */
export const SHARE = 0.08;
/** Milliseconds that what can wait is waited with: a short cell is over by then. */
export const GATHER = 100;
/** Milliseconds without an end of a cell after which a row of quick cells is over. */
export const CALM = 300;

/**
 * Tells of news at a pace that a reader can follow, and the page too. Each telling has the page
 * drawn, which costs as much for one number as for all: news that come close together are told
 * together, and the slower the page draws, the more of them.
 */
export class Pace implements IDisposable {
  /** @param _tell - called with all news since it was called last */
  constructor(private readonly _tell: () => void) {}

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /**
   * Something that somebody waits for: told at once, unless something was told just now. In a row
   * of quick cells nobody waits for one but the last.
   */
  soon(): void {
    const now = performance.now();
    const earliest = this._last + this._interval;
    const isRow = now < this._ended + CALM;
    this._ended = now;
    if (now >= earliest && !isRow) {
      this.now();
    } else {
      const calm = Math.min(now + CALM, this._last + SLOWEST);
      this._at(Math.max(calm, earliest));
    }
  }

  /** Something that more may follow: told with it. */
  later(): void {
    const due = Math.max(
      performance.now() + GATHER,
      this._last + this._interval
    );
    // What waits already is not kept longer by what comes next.
    if (this._timer === 0 || due < this._due) {
      this._at(due);
    }
  }

  /** Tell now. */
  now(): void {
    window.clearTimeout(this._timer);
    this._timer = 0;
    this._last = performance.now();
    if (!this._isDisposed) {
      timeFrame(cost => {
        this._interval = Math.min(SLOWEST, Math.max(PACE, cost / SHARE));
      });
      this._tell();
    }
  }

  dispose(): void {
    this._isDisposed = true;
    window.clearTimeout(this._timer);
  }

  private _at(due: number): void {
    if (!this._isDisposed) {
      window.clearTimeout(this._timer);
      this._due = due;
      const wait = due - performance.now();
      this._timer = window.setTimeout(() => this.now(), wait);
    }
  }

  /** When the timer rings. */
  private _due = 0;
  /** When something came last that somebody waits for. */
  private _ended = -Infinity;
  /** Milliseconds from one telling to the next, by what the last one cost the page. */
  private _interval = PACE;
  private _isDisposed = false;
  private _last = -Infinity;
  private _timer = 0;
}

/** Have the milliseconds told that the next frame takes: its scripts, its layout and its paint. */
function timeFrame(done: (cost: number) => void): void {
  requestAnimationFrame(() => {
    const start = performance.now();
    // The frame is drawn in this task, so what is asked for here comes after it.
    window.setTimeout(() => done(performance.now() - start));
  });
}
