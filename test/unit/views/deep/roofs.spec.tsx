import * as React from 'react';
import { act } from 'react';

import { PLAIN } from '../../../../src/report/plain';
import type { DeepProfile } from '../../../../src/record/_session';
import { Lines } from '../../../../src/views/deep/lines';
import { Roofs } from '../../../../src/views/deep/roofs';
import type { IViewActions } from '../../../../src/views/state';
import { makeRecord, makeSession } from '../../builders';
import { cleanUp, render } from '../render';

const deep = {
  steps: [{ duration_s: 4 }],
  lines: [
    {
      place: 0,
      device: 'cpu',
      dtype: 'float32',
      host_s: 2,
      operators_s: 2,
      flops: 1e9,
      moved_bytes: 1e6
    }
  ],
  roofs: [
    {
      device: 'cpu',
      dtype: 'float32',
      flops_per_s: 1e9,
      flops_spread: 1e8,
      bytes_per_s: 1 << 30,
      bytes_spread: 1 << 20,
      threads: 2
    }
  ]
} as unknown as DeepProfile;

describe('the roofline of a deep profile', () => {
  afterEach(cleanUp);

  function draw(
    profile: DeepProfile,
    actions: IViewActions,
    Part: typeof Roofs = Roofs
  ): HTMLElement {
    const record = makeRecord({
      source: 'a',
      source_hash: 'h',
      places: [{ parent: null, kind: 'cell', source_hash: 'h', line: 1 }],
      deep: profile
    });
    const context = {
      session: makeSession([record]),
      record,
      stale: new Set<string>(),
      trans: PLAIN
    };
    return render(
      <Part deep={profile} context={context} actions={actions} trans={PLAIN} />
    );
  }

  it('should tell what lines reach', () => {
    const text = draw(deep, {}).textContent;
    expect(text).toContain(
      'cpu, float32, 2 threads: 1 GFLOP ± 100 MFLOP a second, 1 GiB ± 1 MiB a second.'
    );
    expect(text).toContain('The steps reach 25% of its operations.');
    expect(text).toContain('on line 150%operations500 MFLOP2 s');
    expect(text).not.toContain('Measure');
    expect(draw(deep, {}, Lines).textContent).toContain('50%');
  });

  it('should be measured on a click only, and say why it was not', async () => {
    const bare = { ...deep, roofs: [] };
    expect(draw(bare, {}).innerHTML).toBe('');
    const measureRoofs = jest.fn(async () =>
      Promise.resolve('A cell is running.')
    );
    const page = draw(bare, { measureRoofs });
    expect(measureRoofs).not.toHaveBeenCalled();
    const button = page.querySelector('button')!;
    expect(button.textContent).toBe('Measure the roof');
    act(() => button.click());
    expect(page.textContent).toContain('measuring, once the kernel is idle');
    await act(async () => {
      button.click();
      await Promise.resolve();
    });
    expect(measureRoofs).toHaveBeenCalledTimes(1);
    expect(page.textContent).toContain('A cell is running.');
  });
});
