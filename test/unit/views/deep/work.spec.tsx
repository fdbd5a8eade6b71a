import * as React from 'react';
import { act } from 'react';

import type { DeepReplay, DeepWork } from '../../../../src/record/_session';
import { PLAIN } from '../../../../src/report/plain';
import { Deep } from '../../../../src/views/deep/deep';
import { replayWords } from '../../../../src/views/deep/work-words';
import type { IViewActions } from '../../../../src/views/state';
import { makeRecord, makeSession } from '../../builders';
import told from '../../fixtures/deep/replays.json';
import cases from '../../fixtures/deep/verdict.json';
import { cleanUp, render } from '../render';

const REPLAY: DeepReplay = {
  alternative: 'bfloat16',
  original_s: 0.0031,
  alternative_s: 0.0014,
  original_spread_s: 1e-4,
  alternative_spread_s: 1e-4,
  rounds: 20,
  threads: 2
};
const WORK: DeepWork = {
  kind: 'operator',
  name: 'aten::mm',
  phase: 'forward',
  device: 'cpu',
  inputs: [
    { shape: [512, 64], dtype: 'float32' },
    { shape: [64, 32], dtype: 'float32' }
  ],
  calls: 10,
  total_s: 0.031,
  place: 0,
  alternatives: ['bfloat16', 'fewer_threads', 'of a newer version']
};

describe('other ways to do recorded work', () => {
  afterEach(cleanUp);

  function draw(work: DeepWork[], actions: IViewActions = {}): HTMLElement {
    const record = makeRecord({
      source: 'a\nb',
      source_hash: 'h',
      places: [{ parent: null, kind: 'cell', source_hash: 'h', line: 2 }],
      deep: { ...(cases[0].deep as never as object), work } as never
    });
    return render(
      <Deep
        session={makeSession([record])}
        record={record}
        stale={new Set()}
        actions={actions}
        trans={PLAIN}
      />
    );
  }

  const buttons = (page: HTMLElement) =>
    [...page.querySelectorAll('button')].filter(({ textContent }) =>
      textContent?.startsWith('Try')
    );

  it('should be tried by a click, which says why it could not', async () => {
    let answer: (why: string | null) => void = () => undefined;
    const tryOut = jest.fn(
      () => new Promise<string | null>(resolve => (answer = resolve))
    );
    const page = draw([{ ...WORK, alternatives: [] }, WORK], { tryOut });
    expect(buttons(page).map(({ textContent }) => textContent)).toEqual([
      'Try in bfloat16',
      'Try with fewer threads'
    ]);
    act(() => buttons(page)[0].click());
    act(() => buttons(page)[0].click()); // it is measured only once
    expect(tryOut.mock.calls).toEqual([[expect.anything(), 1, 'bfloat16']]);
    expect(page.textContent).toContain('Measuring…');
    expect(buttons(page)[0].getAttribute('aria-disabled')).toBe('true');
    await act(async () => answer('A cell is running.'));
    expect(page.textContent).toContain('A cell is running.');
    expect(page.textContent).not.toContain('Measuring…');
  });

  it('should say what was measured, also on paper', () => {
    const page = draw([WORK, { ...WORK, replays: [REPLAY] }]);
    expect(buttons(page)).toEqual([]);
    expect(page.textContent).toContain('Other ways1 of 1 tried');
    expect(page.textContent).toContain(
      '3.1 ms → 1.4 ms in bfloat16, 2.2 times faster'
    );
    expect(page.textContent).toContain('512 × 64, 64 × 32');
  });

  it.each(told.map(({ words, replay }) => [words, replay] as const))(
    'should be told as in the terminal: %s',
    (words, replay) => {
      expect(replayWords(replay, PLAIN)).toBe(words);
    }
  );

  it('should say how much time could be tried', () => {
    const page = draw([WORK], { tryOut: jest.fn() });
    expect(page.textContent).toMatch(/Other ways\d+% of the time, not tried/);
  });

  it('should say nothing where nothing can be tried', () => {
    expect(draw([WORK]).textContent).not.toContain('Other ways');
  });
});
