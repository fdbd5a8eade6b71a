import * as React from 'react';

import type { CellRecord } from '../../../../src/record/_session';
import { PLAIN } from '../../../../src/report/plain';
import { RunDetail } from '../../../../src/views/runs/detail';
import { at, linesOf } from '../../builders';
import { makeRecord, makeSession } from '../../fixtures/records';
import { cleanUp, get, render } from '../render';

const MIB = 1 << 20;
const GIB = 1 << 30;

describe('parts of the detail', () => {
  afterEach(cleanUp);

  function draw(changes: Partial<CellRecord>): HTMLElement {
    const hash = 'a'.repeat(64);
    const record = makeRecord({
      source_hash: hash,
      places: linesOf(hash),
      ...changes
    });
    return render(
      <RunDetail
        session={makeSession([record])}
        record={record}
        actions={{}}
        trans={PLAIN}
      />
    );
  }

  /** A part that can be folded, by its title. */
  function folded(element: HTMLElement, title: string): HTMLDetailsElement {
    const found = [
      ...element.querySelectorAll<HTMLDetailsElement>(
        '.jp-Torchprof-foldedPart'
      )
    ].find(part => get(part, 'h4 > span').textContent === title);
    if (!found) {
      throw new Error(`There is no part "${title}".`);
    }
    return found;
  }

  it('should say what held the memory when it ran out', () => {
    const element = draw({
      status: 'error',
      out_of_memory: {
        device: 'cuda:0',
        requested_bytes: 2 * GIB,
        allocated_bytes: 70 * GIB,
        reserved_bytes: 74 * GIB,
        total_bytes: 80 * GIB,
        free_bytes: 3.2 * GIB,
        alloc_retries: 1,
        holders: [
          { kind: 'graphs', name: 'losses', held_bytes: 40 * GIB },
          { kind: 'parameters', name: 'model', held_bytes: 20 * GIB },
          { kind: 'cached', name: null, held_bytes: 4 * GIB }
        ]
      }
    });
    const part = get(element, '.jp-Torchprof-outOfMemory');
    expect(get(part, 'p').textContent).toBe(
      '96% of cuda:0 was in use: 76.8 GiB of 80 GiB. 2 GiB more were asked for. ' +
        'PyTorch had 4 GiB reserved and unused, in pieces that were too small.'
    );
    const rows = [...part.querySelectorAll('.jp-Torchprof-holder')].map(
      ({ textContent }) => textContent
    );
    expect(rows).toEqual([
      'losses40 GiBautograd graph',
      'model20 GiBparameters',
      'PyTorch’s cache4 GiBfree for this program’s next tensors'
    ]);
  });

  it('should say so with less, where the system does not tell all', () => {
    const element = draw({
      out_of_memory: {
        device: 'mps:0',
        requested_bytes: null,
        allocated_bytes: GIB,
        reserved_bytes: null,
        total_bytes: null,
        free_bytes: null,
        alloc_retries: null
      }
    });
    expect(get(element, '.jp-Torchprof-outOfMemory p').textContent).toBe(
      '1 GiB of mps:0 were in use.'
    );
  });

  it('should fold what is kept alive beyond variables', () => {
    const element = draw({
      holders: [
        {
          kind: 'output',
          name: 'Out[5]',
          what: 'Tensor [64, 3, 224, 224]',
          unique_bytes: { 'cuda:0': 38 * MIB }
        },
        {
          kind: 'old_object',
          name: 'model',
          what: 'ResNet',
          unique_bytes: { 'cuda:0': 90 * MIB },
          held_by: ['optimizer']
        }
      ]
    });
    const part = folded(element, 'Kept alive beyond variables');
    expect(part.open).toBe(false);
    expect(get(part, 'summary').textContent).toBe(
      'Kept alive beyond variables128 MiB'
    );
    expect([...part.querySelectorAll('li')].map(li => li.textContent)).toEqual([
      'Out[5]cuda:0 38 MiBTensor [64, 3, 224, 224] · an output that IPython keeps',
      'modelcuda:0 90 MiBResNet · bound to the name before, held by optimizer'
    ]);
  });

  it('should tell waiting for data as a part of the run, as the phases do', () => {
    const element = draw({
      duration_s: 5,
      data_loading: [
        {
          variable: 'loader',
          dataset: 'Images',
          dataset_in_notebook: true,
          workers: 0,
          pin_memory: false,
          prefetch_factor: null,
          persistent_workers: false,
          batch_size: 64,
          start_method: null,
          place: at(2),
          iterators: 1,
          batches: 100,
          startup_s: 0.5,
          wait_s: 2.5,
          first_wait_s: 0.03,
          loop_s: 3.5,
          batch_bytes: 12 * MIB
        }
      ]
    });
    const part = folded(element, 'Data loading');
    expect(part.open).toBe(true);
    expect(get(part, 'summary').textContent).toBe(
      'Data loading60% of the run waiting'
    );
    expect(get(part, 'li').textContent).toBe(
      'loaderline 2waiting for data 60% (3 s)rest of the loop 20% (1 s)100 batches · 0 workers · 12 MiB a batch'
    );
  });

  it('should tell loaders of one kind as one, with what they were for', () => {
    const loader = {
      variable: null,
      dataset: 'Images',
      dataset_in_notebook: true,
      workers: 2,
      pin_memory: false,
      prefetch_factor: 2,
      persistent_workers: false,
      batch_size: 64,
      start_method: 'fork',
      iterators: 4,
      batches: 40,
      startup_s: 0,
      wait_s: 1,
      first_wait_s: 0.03,
      loop_s: 4
    };
    const element = draw({
      data_loading: [
        { ...loader, role: 'training', variable: 'loader' },
        { ...loader, role: 'evaluation', loaders: 4 },
        { ...loader, loaders: 4 }
      ]
    });
    const part = folded(element, 'Data loading');
    const told = [...part.querySelectorAll('.jp-Torchprof-entryDetails')];
    expect(told.map(({ textContent }) => textContent)).toEqual([
      'for training · 40 batches · 2 workers',
      'for evaluation · 4 loaders · 40 batches · 2 workers',
      '4 loaders · 40 batches · 2 workers'
    ]);
  });

  it('should tell of optimizers and of warnings', () => {
    const element = draw({
      optimizers: [
        {
          variable: 'opt',
          class_name: 'AdamW',
          steps: 300,
          timed_steps: 10,
          timed_s: 0.05,
          place: at(6),
          groups: [{ lr: 0.001 }],
          state_bytes: { 'cuda:0': 164 * MIB }
        }
      ],
      warnings: [
        {
          category: 'FutureWarning',
          message: '<b>old</b>',
          place: at(3),
          count: 2
        }
      ]
    });
    const parts = [
      ...element.querySelectorAll('.jp-Torchprof-foldedPart li')
    ].map(({ textContent }) => textContent);
    expect(parts).toEqual([
      'opt (AdamW)line 6300 steps · lr 0.001 · 5 ms each · state: cuda:0 164 MiB',
      'FutureWarningline 3 · × 2<b>old</b>'
    ]);
  });
});
