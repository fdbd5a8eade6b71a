import { followedAdvice } from '../../../src/record/followed';
import {
  makeFixed,
  makeInference,
  makeNotebook,
  makeRecord,
  makeSession
} from '../fixtures/records';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

describe('followedAdvice', () => {
  it('should say what was measured', () => {
    const followed = followedAdvice(makeNotebook());
    expect(followed).toMatchObject({
      fixes: 1,
      worse: 0,
      kept_bytes: -338 * MIB,
      peak_bytes: null
    });
    expect(followed?.speedup).toBeCloseTo(2.41 / 2.02);
  });

  it('should count the latest test of a fix only', () => {
    const again = makeFixed({ run_id: 'run-again' });
    const followed = followedAdvice(makeSession([makeFixed(), again]));
    expect(followed?.fixes).toBe(1);
    expect(followed?.runs).toEqual([again]);
  });

  it('should be silent on a fix whose advice is open again', () => {
    const undone = makeInference({ run_id: 'run-undone' });
    expect(followedAdvice(makeSession([makeFixed(), undone]))).toBeNull();
    expect(followedAdvice(makeSession([makeRecord()]))).toBeNull();
  });

  it('should own up to what made things worse', () => {
    const worse = makeFixed();
    worse.verification![0].measured = 5 * MIB;
    expect(followedAdvice(makeSession([worse]))).toMatchObject({
      fixes: 1,
      worse: 1,
      kept_bytes: 5 * MIB
    });
  });

  it('should count the same bytes once', () => {
    const entry = (rule: string, metric: string, measured: number) => ({
      rule,
      metric,
      predicted: -300 * MIB,
      measured,
      unit: 'bytes' as const,
      baseline_run_id: 'x',
      device: 'cuda:0'
    });
    const kept = (verification: ReturnType<typeof entry>[], id = 'a') =>
      makeFixed({ run_id: id, cell_id: id, verification });
    // What one fix takes from graphs, and so from the device; and two fixes of one run.
    const graphs = entry('no-grad-inference', 'graph_bytes', -300 * MIB);
    const device = entry(
      'no-grad-inference',
      'allocated_after_bytes',
      -290 * MIB
    );
    const other = entry(
      'gpu-output-accumulation',
      'allocated_after_bytes',
      -310 * MIB
    );
    for (const entries of [
      [graphs, device],
      [graphs, other],
      [graphs, device, other]
    ]) {
      expect(followedAdvice(makeSession([kept(entries)]))?.kept_bytes).toBe(
        Math.max(...entries.map(({ measured }) => measured))
      );
    }
    const two = makeSession([kept([graphs]), kept([device], 'b')]);
    expect(followedAdvice(two)?.kept_bytes).toBe(-590 * MIB);
  });

  it('should not add peaks, which are at different times', () => {
    const peak = (id: string, measured: number) =>
      makeFixed({
        run_id: id,
        cell_id: id,
        verification: [
          {
            rule: 'checkpointing',
            metric: 'peak_bytes',
            predicted: -GIB,
            measured,
            unit: 'bytes',
            baseline_run_id: 'x',
            device: 'cuda:0'
          }
        ]
      });
    expect(
      followedAdvice(makeSession([peak('a', -GIB), peak('b', -2 * GIB)]))
    ).toMatchObject({ kept_bytes: null, peak_bytes: -2 * GIB, speedup: null });
  });
});
