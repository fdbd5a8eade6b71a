import type { IDisposable } from '@lumino/disposable';

/** How long the notebook must rest before its cells are told. */
const REST_MS = 1000;

/** Tells the kernel of edits: when the user rests, and at the latest when a cell is to run. */
export class Teller implements IDisposable {
  constructor(private readonly _tell: () => void) {}

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Something was edited. */
  edited(): void {
    if (this._isDisposed) {
      return;
    }
    window.clearTimeout(this._timer);
    this._isDue = true;
    this._timer = window.setTimeout(() => this.now(), REST_MS);
  }

  /** Tell what is not told yet. */
  now(): void {
    if (this._isDue) {
      window.clearTimeout(this._timer);
      this._isDue = false;
      this._tell();
    }
  }

  dispose(): void {
    this._isDisposed = true;
    this._isDue = false;
    window.clearTimeout(this._timer);
  }

  private _isDisposed = false;
  private _isDue = false;
  private _timer: number | undefined;
}
