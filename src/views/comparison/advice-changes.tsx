import * as React from 'react';

import type { IRunComparison } from '../../record/compare';
import { AdviceIcon, CheckIcon, WarningIcon } from '../parts/icons';
import { Group } from '../parts/section';
import { Prose, Text } from '../parts/text';
import type { ITranslate } from '../state';
import type { IVerdict } from '../advice/verification-words';
import { verdicts } from '../advice/verification-words';

/** Advice listed of each kind; the rest is counted. */
const LISTED = 8;

/** What became of the advice: gone, with what its fix was measured to save; new; and the same. */
export function AdviceChanges(props: {
  comparison: IRunComparison;
  trans: ITranslate;
}): JSX.Element | null {
  const { comparison, trans } = props;
  const { advice } = comparison;
  const measured = measuredVerdicts(comparison, trans);
  const wordsOf = new Map(measured.map(verdict => [verdict.rule, verdict]));
  const gone = new Set(advice.gone.map(({ rule }) => rule));
  const items: IItem[] = [
    ...advice.gone.map(({ rule, title }): IItem => {
      const verdict = wordsOf.get(rule);
      return {
        kind: verdict?.better === false ? 'worse' : 'gone',
        title,
        words: verdict?.words
      };
    }),
    // Verified, though the advice is still given or was silenced.
    ...measured
      .filter(({ rule }) => !gone.has(rule))
      .map(({ rule, words, better }): IItem => ({
        kind: better === false ? 'worse' : 'gone',
        title: rule,
        words
      })),
    ...advice.added.map(({ title }): IItem => ({ kind: 'new', title })),
    ...advice.same.map(({ title }): IItem => ({ kind: 'same', title }))
  ];
  return items.length === 0 ? null : (
    <Group title={trans.__('Advice')} className="jp-Torchprof-adviceChanges">
      <ul>
        {items.slice(0, LISTED).map((item, index) => (
          <Item key={index} item={item} trans={trans} />
        ))}
      </ul>
      {items.length > LISTED && (
        <p className="jp-Torchprof-muted">
          {trans._n('and %1 more', 'and %1 more', items.length - LISTED)}
        </p>
      )}
    </Group>
  );
}

/** Predicted against measured; time as the table has it, which may be a median. */
function measuredVerdicts(
  { before, after, checks }: IRunComparison,
  trans: ITranslate
): IVerdict[] {
  const now = after.timing.median;
  const verification = checks.map(check =>
    check.metric === 'duration_s'
      ? { ...check, measured: now - before.timing.median }
      : check
  );
  return verdicts({ ...after.record, duration_s: now, verification }, trans);
}

interface IItem {
  kind: 'gone' | 'worse' | 'new' | 'same';
  title: string;
  /** Predicted against measured. */
  words?: string;
}

function Item(props: { item: IItem; trans: ITranslate }): JSX.Element {
  const { item, trans } = props;
  return (
    <li data-kind={item.kind}>
      {item.kind === 'gone' ? (
        <CheckIcon />
      ) : item.kind === 'worse' ? (
        <WarningIcon />
      ) : (
        <AdviceIcon />
      )}
      <span>
        <strong>{kindWords(item.kind, trans)}</strong>{' '}
        <Prose text={item.title} length={300} />
        {item.words && (
          <span className="jp-Torchprof-muted jp-Torchprof-measured">
            <Text value={item.words} length={500} />
          </span>
        )}
      </span>
    </li>
  );
}

function kindWords(kind: IItem['kind'], trans: ITranslate): string {
  switch (kind) {
    case 'gone':
      return trans.__('Solved:');
    case 'worse':
      return trans.__('Did not help:');
    case 'new':
      return trans.__('New:');
    case 'same':
      return trans.__('Still open:');
  }
}
