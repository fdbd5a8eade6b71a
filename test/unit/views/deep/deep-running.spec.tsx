import * as React from 'react';

import { PLAIN } from '../../../../src/report/plain';
import type { DeepProgress } from '../../../../src/record/_session';
import { DeepRunning } from '../../../../src/views/deep/deep-running';
import { progressWords } from '../../../../src/views/deep/progress-words';
import type { IRunning, IViewActions } from '../../../../src/views/state';
import { cleanUp, click, render } from '../render';

function running(deep: DeepProgress | null, run_id = 'r'): IRunning {
  const cell = {
    type: 'start' as const,
    run_id,
    cell_id: 'c',
    execution_count: 1,
    started_at: 0,
    source: ''
  };
  return { cell, samples: [{ t_s: 1, host_bytes: 0, deep }] };
}

describe('a deep profile that runs', () => {
  afterEach(cleanUp);

  const draw = (of: IRunning | null, actions: IViewActions = {}) =>
    render(<DeepRunning running={of} actions={actions} trans={PLAIN} />);

  it.each<[DeepProgress, string]>([
    [{ state: 'waiting', step: 2, steps: 5 }, 'warming up, step 2'],
    [{ state: 'waiting', step: null, steps: 5 }, 'recording, no step yet'],
    [{ state: 'recording', step: 3, steps: 5 }, 'step 3 of 5'],
    [{ state: 'reading' }, 'reading…'],
    [{ state: 'done' }, 'recorded']
  ])('should say what it does: %o', (progress, words) => {
    expect(progressWords(progress, PLAIN)).toBe(`in depth: ${words}`);
    expect(draw(running(progress)).textContent).toContain(words);
  });

  it('should be nothing where nothing is recorded', () => {
    expect(draw(null).innerHTML).toBe('');
    expect(draw(running(null)).innerHTML).toBe('');
  });

  it('should stop once, and say that it will', () => {
    const stopDeep = jest.fn();
    const page = draw(running({ state: 'recording', step: 1, steps: 5 }), {
      stopDeep
    });
    const button = page.querySelector('button')!;
    click(button);
    click(button);
    expect(stopDeep).toHaveBeenCalledTimes(1);
    expect(page.textContent).toContain('ends at the next line');
  });

  it('should have nothing to stop once it is over', () => {
    const page = draw(running({ state: 'done' }), { stopDeep: jest.fn() });
    expect(page.querySelector('button')).toBeNull();
  });
});
