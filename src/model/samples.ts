import type { ILiveSample } from '../views/state';

/** Points that a timeline can show; more would be drawn over each other. */
const DEFAULT_CAPACITY = 600;

/**
 * The samples of a running cell, bounded: when it is full, every second sample goes, and from
 * then on every second one that arrives. The whole run stays in view, at half the resolution.
 */
export class SampleBuffer {
  /**
   * @param samples - samples that are known already, oldest first
   * @param capacity - the most that are kept, at least two
   */
  constructor(
    samples: readonly ILiveSample[] = [],
    private readonly _capacity = DEFAULT_CAPACITY
  ) {
    for (const sample of samples) {
      this.push(sample);
    }
  }

  /** What is kept, oldest first; a copy that later samples leave alone. */
  toArray(): ILiveSample[] {
    // The newest sample is shown although it may not be one that stays.
    return this._newest ? [...this._kept, this._newest] : [...this._kept];
  }

  /** Add the next sample. */
  push(sample: ILiveSample): void {
    const stays = this._seen % this._stride === 0;
    this._seen += 1;
    this._newest = stays ? null : sample;
    if (!stays) {
      return;
    }
    this._kept.push(sample);
    if (this._kept.length >= this._capacity) {
      this._kept = this._kept.filter((_, index) => index % 2 === 0);
      this._stride *= 2;
      this._newest = sample;
    }
  }

  private _kept: ILiveSample[] = [];
  private _newest: ILiveSample | null = null;
  private _seen = 0;
  private _stride = 1;
}
