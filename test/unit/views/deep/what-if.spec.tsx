import * as React from 'react';
import { act } from 'react';

import { PLAIN } from '../../../../src/report/plain';
import type { DeepPart, DeepProfile } from '../../../../src/record/_session';
import { WhatIf } from '../../../../src/views/deep/what-if';
import { makeRecord, makeSession } from '../../builders';
import { cleanUp, render } from '../render';

const MIB = 1 << 20;

function profile(parts: DeepPart[], batch: number | null = 10): DeepProfile {
  return {
    batch_size: batch,
    sequence_length: null,
    memory: [
      {
        device: 'cpu',
        peak_bytes: 0,
        peak_s: 0,
        end_bytes: 0,
        moments: [{ at_s: 0, phase: 'backward', parts }]
      }
    ]
  } as unknown as DeepProfile;
}

const PARTS: DeepPart[] = [
  { category: 'parameters', held_bytes: 10 * MIB, blocks: 2, floating: 4 },
  { category: 'activations', held_bytes: 20 * MIB, blocks: 3, batch: 1 }
];

describe('the peak with another batch', () => {
  afterEach(cleanUp);

  function draw(deep: DeepProfile): HTMLElement {
    const record = makeRecord({ deep });
    return render(
      <WhatIf
        deep={deep}
        context={{
          session: makeSession([record]),
          record,
          stale: new Set(),
          trans: PLAIN
        }}
        actions={{}}
        trans={PLAIN}
      />
    );
  }

  function type(page: HTMLElement, text: string): void {
    const box = page.querySelector<HTMLInputElement>('input[type=number]')!;
    const set = Object.getOwnPropertyDescriptor(
      HTMLInputElement.prototype,
      'value'
    )!.set!;
    act(() => {
      set.call(box, text);
      box.dispatchEvent(new Event('input', { bubbles: true }));
    });
  }

  it('should follow what is typed', () => {
    const page = draw(profile(PARTS));
    expect(page.textContent).toContain('Predicted30 MiB');
    type(page, '30');
    expect(page.textContent).toContain('Measured30 MiB');
    expect(page.textContent).toContain('Predicted70 MiB');
    expect(page.textContent).toContain('activations 60 MiB, was 20 MiB');
    expect(page.textContent).toContain('8 GiBfits4,091');
    type(page, '');
    expect(page.textContent).toContain('Predicted30 MiB');
    type(page, '-4');
    expect(page.textContent).toContain('Predicted30 MiB');
  });

  it('should halve on a click', () => {
    const page = draw(profile(PARTS));
    act(() =>
      page.querySelector<HTMLInputElement>('input[type=checkbox]')!.click()
    );
    expect(page.textContent).toContain('Predicted25 MiB');
  });

  it('should reckon with checkpoints', () => {
    const deep = profile(PARTS);
    deep.memory![0].checkpoints = [
      {
        modules: ['Net.0', 'Net.1'],
        calls: 2,
        again_s: 0.02,
        moments: [
          {
            at_s: 0,
            phase: 'forward',
            parts: [{ ...PARTS[1], held_bytes: 8 * MIB }]
          }
        ],
        least: [
          {
            at_s: 0,
            phase: 'forward',
            parts: [{ ...PARTS[1], held_bytes: 6 * MIB }]
          }
        ]
      }
    ];
    const page = draw(deep);
    expect(page.textContent).not.toContain('run twice');
    const box = page.querySelector('select')!;
    expect(box.textContent).toBe('no modulesNet.0 and 1 other module');
    act(() => {
      box.value = '0';
      box.dispatchEvent(new Event('change', { bubbles: true }));
    });
    expect(page.textContent).toContain('Predictedbetween 6 MiB and 8 MiB');
    expect(page.textContent).toContain('20 ms of forwards run twice');
    type(page, '20');
    expect(page.textContent).toContain('Predictedbetween 12 MiB and 16 MiB');
  });

  it('should say what it cannot tell, and what grows faster', () => {
    const page = draw(
      profile([
        ...PARTS,
        { category: 'temporaries', held_bytes: 5 * MIB, blocks: 1, batch: 2 },
        {
          category: 'activations',
          held_bytes: 7 * MIB,
          blocks: 1,
          batch: 0,
          most_batch: 1
        }
      ])
    );
    expect(page.textContent).toContain(
      '5 MiB of the measured peak grow with the square of the batch size.'
    );
    expect(page.textContent).toContain('Of 7 MiB it cannot be told');
    type(page, '20');
    expect(page.textContent).toContain('between 77 MiB and 84 MiB');
  });

  it('should offer no box where nothing can be told', () => {
    const page = draw(profile(PARTS, null));
    expect(page.querySelector('input')).toBeNull();
    expect(page.textContent).toContain('got different sizes');
    expect(draw(profile(PARTS, 1)).textContent).toContain('batch of one');
    expect(draw(profile([])).querySelector('table')).not.toBeNull();
    expect(
      draw({ ...profile(PARTS), memory: [] } as DeepProfile).innerHTML
    ).toBe('');
  });
});
