import * as React from 'react';

import { PLAIN } from '../../../../src/report/plain';
import { AskDeep } from '../../../../src/views/deep/ask-deep';
import { cleanUp, click, render } from '../render';

describe('asking for a deep profile', () => {
  afterEach(cleanUp);

  it.each([
    [false, 1],
    [true, 0]
  ])('should say what it does before it runs; busy: %s', (disabled, runs) => {
    const onRun = jest.fn();
    const page = render(
      <AskDeep disabled={disabled} onRun={onRun} trans={PLAIN} />
    );
    expect(page.textContent).not.toContain('runs again');
    click(page.querySelector('button')!);
    expect(page.textContent).toContain('The cell runs again.');
    expect(onRun).not.toHaveBeenCalled();
    click([...page.querySelectorAll('button')].pop()!);
    expect(onRun).toHaveBeenCalledTimes(runs);
  });
});
