import * as React from 'react';

import type { DeepProfile } from '../../../../src/record/_session';
import { PLAIN } from '../../../../src/report/plain';
import { Health } from '../../../../src/views/session/health';
import cases from '../../fixtures/deep/verdict.json';
import { makeRecord } from '../../fixtures/records';
import { cleanUp, get, render } from '../render';

const CELLS = [
  makeRecord({ duration_s: 9, overhead_s: 0.03 }),
  makeRecord({ duration_s: 1, overhead_s: 0.17 })
];

describe('Health', () => {
  afterEach(cleanUp);

  it('should say what measuring took of all cells', () => {
    const element = render(<Health health={[]} cells={CELLS} trans={PLAIN} />);
    expect(element.textContent).toBe(
      ' Measuring took 200 ms, 2% of the cells’ time.'
    );
  });

  it('should leave out what somebody asked to record in depth', () => {
    const deep = cases[0].deep as unknown as DeepProfile;
    const cells = [
      ...CELLS,
      makeRecord({ duration_s: 9, overhead_s: 8, deep })
    ];
    const element = render(<Health health={[]} cells={cells} trans={PLAIN} />);
    expect(element.textContent).toContain('took 200 ms, 2%');
  });

  it('should say nothing before there is something to say', () => {
    const element = render(<Health health={[]} trans={PLAIN} />);
    expect(element.textContent).toBe('');
  });

  it('should tell what is not measured, beside the cost', () => {
    const element = render(
      <Health
        health={[{ part: 'PyTorch', failures: 0, message: 'It is too old.' }]}
        cells={CELLS}
        trans={PLAIN}
      />
    );
    expect(element.textContent).toContain('It is too old.');
    expect(element.textContent).toContain('200 ms');
    expect(element.textContent).not.toContain('failed');
  });

  it('should tell of failures, with their cost', () => {
    const element = render(
      <Health
        health={[{ part: 'placement', failures: 2, message: 'no `x`' }]}
        cells={CELLS}
        trans={PLAIN}
      />
    );
    expect(get(element, 'summary').textContent).toContain('failed 2 times');
    expect(get(element, 'li').textContent).toContain('placement (2): no x');
    expect(element.textContent).toContain('200 ms');
  });
});
