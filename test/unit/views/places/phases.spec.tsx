import * as React from 'react';

import { PLAIN } from '../../../../src/report/plain';
import type { CellRecord } from '../../../../src/record/_session';
import { phasesWords } from '../../../../src/views/places/phase-words';
import { WhereTime } from '../../../../src/views/places/where-time';
import { makeRecord, makeSession } from '../../builders';
import words from '../../fixtures/phases/words.json';
import { cleanUp, render } from '../render';

type Case = Pick<CellRecord, 'phases' | 'places' | 'stack_samples'>;

/** A cell of one line, which went through phases. */
const user = ({ phases, places, stack_samples }: Case) =>
  makeRecord({
    source: 'trainer.train()',
    source_hash: 'h',
    phases,
    places,
    stack_samples
  });

describe('phases of a run', () => {
  afterEach(cleanUp);

  it.each(words.map(one => [one.words || 'nothing', one] as const))(
    'should be told as in the terminal: %s',
    (_, one) => {
      expect(phasesWords(user(one as unknown as Case), PLAIN) ?? '').toBe(
        one.words
      );
    }
  );

  function draw(index: number): HTMLElement {
    const record = user(words[index] as unknown as Case);
    return render(
      <WhereTime
        session={makeSession([record])}
        record={record}
        stale={new Set()}
        actions={{}}
        trans={PLAIN}
      />
    );
  }

  it('should be a bar with its shares in words', () => {
    const page = draw(1);
    const bar = page.querySelector('[role="img"]');
    expect(bar?.getAttribute('aria-label')).toBe(words[1].words);
    const parts = [...(bar?.children ?? [])] as HTMLElement[];
    expect(parts.map(({ style }) => style.width)).toEqual([
      '25%',
      '50%',
      '24.6%'
    ]);
    expect(
      page.querySelector('.jp-Torchprof-phases .jp-Torchprof-legend')
        ?.textContent
    ).toBe('transformers · Trainer.traindata 25%forward 50%other 25%');
  });

  it('should be there where one line had all of the time', () => {
    expect(draw(0).querySelector('.jp-Torchprof-phases')).not.toBeNull();
  });

  it('should be left out where there are none', () => {
    expect(draw(3).textContent).toBe('');
  });
});
