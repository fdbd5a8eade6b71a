import type { GradState, Verification } from '../../../../src/record/_session';
import { PLAIN } from '../../../../src/report/plain';
import {
  gradSentences,
  gradSummary
} from '../../../../src/views/runs/grad-words';
import { verdicts } from '../../../../src/views/advice/verification-words';
import { at, linesOf } from '../../builders';
import { makeInference, makeRecord } from '../../fixtures/records';

const FORWARDS = {
  place: at(4),
  module: 'Net',
  calls: 12,
  grad: true,
  inference: false,
  training: false
};
const RETAINED = {
  variable: 'logits',
  nodes: 24,
  saved_bytes: 340 * 2 ** 20,
  largest_bytes: 2 ** 20,
  device: 'cpu',
  tensors: 1,
  elements: 80,
  other_leaves: false
};

function words(changes: GradState): string[] {
  return gradSentences(
    makeRecord({
      source_hash: 'h',
      places: linesOf('h'),
      grad: { grad_before: true, grad_after: true, ...changes }
    }),
    PLAIN
  );
}

describe('gradSentences', () => {
  it('should tell a forward whose graph is kept', () => {
    expect(words({ forwards: [FORWARDS], retained: [RETAINED] })).toEqual([
      'Grad mode on; 12 forwards of `Net` on line 4, no backward.',
      '`logits` keeps 340 MiB of graph on cpu.'
    ]);
  });

  it('should tell a training loop', () => {
    expect(
      words({
        forwards: [{ ...FORWARDS, calls: 300, training: true }],
        backwards: 300,
        last_backward_place: at(6),
        optimizer_steps: 1,
        last_step_place: at(7),
        autocast: { cuda: 'float16' }
      })
    ).toEqual([
      'Grad mode on; 300 forwards of `Net` on line 4, 300 backwards on line 6, ' +
        '1 optimizer step on line 7.',
      'Autocast on: cuda float16.'
    ]);
  });

  it('should not ask for a backward where no graph was recorded', () => {
    expect(
      words({ forwards: [{ ...FORWARDS, calls: 1, grad: false }] })
    ).toEqual([
      'Grad mode on; 1 forward of `Net` on line 4 without gradients.'
    ]);
    expect(
      words({ forwards: [{ ...FORWARDS, inference: true, place: null }] })
    ).toEqual(['Grad mode on; 12 forwards of `Net` in inference mode.']);
  });

  it('should be silent where autograd played no part', () => {
    expect(words({})).toEqual([]);
    expect(gradSentences(makeRecord(), PLAIN)).toEqual([]);
  });

  it('should speak of a mode that stays changed', () => {
    expect(words({ grad_after: false })).toEqual([
      'Grad mode was switched off by this cell and stays off.'
    ]);
    expect(words({ grad_before: false, grad_after: false })).toEqual([
      'Grad mode off.'
    ]);
  });

  it('should sum up what is too much to name, the largest first', () => {
    const retained = [1, 2, 3, 4, 5, 6].map(size => ({
      ...RETAINED,
      variable: `x${size}`,
      saved_bytes: size * 2 ** 20
    }));
    const sentences = words({ retained, retained_complete: false });
    expect(sentences[1]).toContain('`x6` keeps 6 MiB');
    expect(sentences.slice(-2)).toEqual([
      '2 more variables keep 3 MiB.',
      'Not everything was looked at: there may be more graphs than are listed.'
    ]);
  });

  it('should call a bound a bound', () => {
    const sentences = words({
      retained: [{ ...RETAINED, truncated: true, tensors: 3 }],
      forwards: [FORWARDS],
      forwards_complete: false
    });
    expect(sentences).toEqual([
      'Grad mode on; at least 12 forwards of `Net` on line 4, no backward.',
      '`logits` keeps at least 340 MiB of graph on cpu (3 tensors).'
    ]);
  });

  it('should say of what was not followed that it may be far more', () => {
    const cut = { ...RETAINED, truncated: true, saved_bytes: 24 * 2 ** 10 };
    const grad: GradState = { retained: [cut], retained_complete: false };
    expect(words(grad).slice(1)).toEqual([
      '`logits` keeps at least 24 KiB of graph on cpu.',
      'Not every graph was followed to its end: they may keep many times as much.'
    ]);
    expect(gradSummary(grad, PLAIN)).toBe('graphs keep at least 24 KiB');
    expect(words({ retained: [{ ...cut, saved_bytes: 0 }] })[1]).toBe(
      '`logits` keeps a graph of at least 24 operations on cpu.'
    );
    const whole = { ...RETAINED, saved_bytes: 2 ** 20 };
    expect(gradSummary({ retained: [whole] }, PLAIN)).toBe('graphs keep 1 MiB');
  });
});

describe('verdicts', () => {
  const graph: Verification = {
    rule: 'no-grad-inference',
    metric: 'graph_bytes',
    predicted: -1000,
    measured: -900,
    unit: 'bytes',
    baseline_run_id: 'run-1'
  };

  function verdict(verification: Verification[], duration_s = 2) {
    return verdicts(makeRecord({ verification, duration_s }), PLAIN);
  }

  it('should show predicted beside measured', () => {
    expect(verdict([graph])).toEqual([
      {
        rule: 'no-grad-inference',
        better: true,
        words: 'Memory kept by graphs: predicted −1000 B, measured −900 B'
      }
    ]);
  });

  it('should say so when the fix made things worse', () => {
    expect(verdict([{ ...graph, measured: 2048 }])[0]).toMatchObject({
      better: false,
      words: 'Memory kept by graphs: predicted −1000 B, measured +2 KiB'
    });
  });

  it('should show but not judge the memory of the process', () => {
    const host: Verification = {
      ...graph,
      metric: 'allocated_after_bytes',
      device: 'host',
      measured: 4096
    };
    expect(verdict([graph, host])[0]).toMatchObject({
      better: true,
      words:
        'Memory kept by graphs: predicted −1000 B, measured −900 B; ' +
        'Memory after the cell on host: predicted −1000 B, measured +4 KiB'
    });
    expect(verdict([host])[0].better).toBe(false);
  });

  it('should leave out the memory of the process where nothing was promised', () => {
    const host: Verification = {
      ...graph,
      metric: 'allocated_after_bytes',
      device: 'host',
      predicted: null,
      measured: 4096
    };
    expect(verdict([graph, host])[0].words).toBe(
      'Memory kept by graphs: predicted −1000 B, measured −900 B'
    );
  });

  it.each([
    [2, -2, '2.0× faster'],
    [2, 1, '2.0× slower'],
    [2, 0.02, 'same time (2 s)'],
    [0.01, -1, '101× faster'],
    [0, 0, 'same time (0 ms)']
  ])(
    'should compare times: %d s, %d s more',
    (duration_s, measured, expected) => {
      const time: Verification = {
        ...graph,
        metric: 'duration_s',
        predicted: null,
        measured,
        unit: 's'
      };
      expect(verdict([time], duration_s)[0]).toMatchObject({
        better: null,
        words: expected
      });
    }
  );

  it('should have nothing to say of a run that tests no fix', () => {
    expect(verdicts(makeInference(), PLAIN)).toEqual([]);
  });
});
