/** What changed among the processes of a cell, in words: as `comparison/ranks.py`, word for word. */
import { communicationOf } from '../../record/compare-ranks';
import type { IRankChange } from '../../record/compare-ranks';
import { mainMemory } from '../../record/derive';
import { formatBytes, formatDuration } from '../../record/units';
import { clip } from '../parts/text';
import {
  countWords,
  exitWords,
  lateRunWords,
  nameWords
} from '../ranks/ranks-words';
import type { RankRun } from '../../record/_session';
import type { ITranslate } from '../state';

/** `"rank 1 late by 31 ms, before none"`, `"rank 0: peak 336 MiB of cuda:0, before 512 MiB"`. */
export function rankChangeWords(
  change: IRankChange,
  trans: ITranslate
): string {
  const { kind, before, after } = change;
  if (kind === 'count') {
    return trans.__(
      '%1, before %2',
      countWords(after, trans),
      countWords(before, trans)
    );
  }
  if (kind === 'late') {
    return trans.__(
      '%1, before %2',
      after.length > 0
        ? lateRunWords(after[0], trans)
        : trans.__('no rank late'),
      before.length > 0 ? lateRunWords(before[0], trans) : trans.__('none')
    );
  }
  return valueWords(kind, before[0], after[0], trans);
}

function valueWords(
  kind: 'exit' | 'communication' | 'peak',
  before: RankRun,
  after: RankRun,
  trans: ITranslate
): string {
  const name = nameWords(after, trans);
  switch (kind) {
    case 'exit':
      return trans.__(
        '%1: %2, before %3',
        name,
        exitWords(after.exit, trans),
        exitWords(before.exit, trans)
      );
    case 'communication':
      return trans.__(
        '%1: communication %2 of a step, before %3',
        name,
        formatDuration(communicationOf(after) ?? 0),
        formatDuration(communicationOf(before) ?? 0)
      );
    case 'peak': {
      const [old, now] = [before, after].map(run => mainMemory(run.record));
      return trans.__(
        '%1: peak %2 of %3, before %4',
        name,
        formatBytes(now?.peak_bytes ?? 0),
        clip(now?.device ?? '', 20),
        formatBytes(old?.peak_bytes ?? 0)
      );
    }
  }
}
