/**
 * Other ways to do recorded work, in words; what was tried is told as in `deliver/replays.py`, word
 * for word.
 */
import { speedup } from '../../record/replays';
import { formatDuration } from '../../record/units';
import type { DeepReplay, DeepWork } from '../../record/_session';
import type { ITranslate } from '../state';

/** What a button says that tries it; `null`: a way of a newer version. */
export function tryWords(
  alternative: string,
  trans: ITranslate
): string | null {
  switch (alternative) {
    case 'bfloat16':
      return trans.__('Try in bfloat16');
    case 'padded':
      return trans.__('Try with padded sizes');
    case 'channels_last':
      return trans.__('Try with channels last');
    case 'fewer_threads':
      return trans.__('Try with fewer threads');
    case 'sdpa':
      return trans.__('Try fused attention');
    case 'fused':
      return trans.__('Try a fused optimizer');
    case 'no_copy':
      return trans.__('Try without the copy');
    default:
      return null;
  }
}

/** `"3.1 ms → 1.4 ms in bfloat16, 2.2 times faster"`. */
export function replayWords(replay: DeepReplay, trans: ITranslate): string {
  return trans.__(
    '%1 → %2 %3, %4',
    callTime(replay.original_s),
    callTime(replay.alternative_s),
    wayWords(replay, trans),
    gainWords(speedup(replay), trans)
  );
}

/** `"512 × 64, 64 × 512"`; of an optimizer how many parameters there are. */
export function shapeWords(work: DeepWork, trans: ITranslate): string {
  if (work.kind === 'optimizer') {
    return trans._n('%1 parameter', '%1 parameters', work.inputs.length);
  }
  return work.inputs.map(({ shape }) => shape.join(' × ')).join(', ');
}

/** Calls of operators may take microseconds. */
function callTime(seconds: number): string {
  return seconds < 1e-3 ? `${few(1e6 * seconds)} µs` : formatDuration(seconds);
}

function wayWords(
  { alternative, threads }: DeepReplay,
  trans: ITranslate
): string {
  switch (alternative) {
    case 'bfloat16':
      return trans.__('in bfloat16');
    case 'padded':
      return trans.__('with padded sizes');
    case 'channels_last':
      return trans.__('with channels last');
    case 'no_copy':
      return trans.__('without the copy');
    case 'fewer_threads': {
      const half = Math.max(1, Math.floor(threads / 2));
      return trans._n('with %1 thread', 'with %1 threads', half);
    }
    default:
      return trans.__('fused');
  }
}

function gainWords(times: number, trans: ITranslate): string {
  if (times > 1) {
    return trans.__('%1 times faster', few(times));
  }
  return times < 1
    ? trans.__('%1 times slower', few(1 / times))
    : trans.__('within the noise');
}

/** Two digits that count. */
function few(value: number): string {
  return value.toFixed(value >= 10 ? 0 : 1);
}
