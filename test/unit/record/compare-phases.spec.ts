import { phaseChanges } from '../../../src/record/compare-phases';
import { compareSessions } from '../../../src/record/compare-sessions';
import { decodeSession } from '../../../src/record/decode';
import type { CellRecord } from '../../../src/record/_session';
import { PLAIN } from '../../../src/report/plain';
import { phaseChangeWords } from '../../../src/views/comparison/phase-change-words';
import { makeRecord } from '../builders';
import fixture from '../fixtures/compare/phases.json';

const [before, after] = [fixture.before, fixture.after].map(session =>
  decodeSession(JSON.stringify(session))
);

function run(
  duration_s: number,
  stack_samples: number,
  phases: CellRecord['phases']
): CellRecord {
  return makeRecord({ duration_s, stack_samples, phases });
}

describe('record/compare-phases', () => {
  it('should find what `jupyter torchprof compare` finds', () => {
    const round = (value: number) => Number(value.toFixed(6));
    expect(
      compareSessions(before, after).phases.map(change => ({
        phase: change.phase,
        before: round(change.before),
        after: round(change.after),
        words: phaseChangeWords(change, PLAIN)
      }))
    ).toEqual(fixture.expected);
  });

  it('should call the same what chance may make', () => {
    const changes = (looks: number) =>
      phaseChanges([
        [
          run(1, looks, { data: 0.4, forward: 0.6 }),
          run(1, looks, { data: 0.5, forward: 0.5 })
        ]
      ]).map(({ phase }) => phase);
    expect(changes(60)).toEqual([]);
    expect(changes(6000)).toEqual(['data', 'forward']);
  });

  it('should say nothing where a run has no phases or did not end well', () => {
    const [one, other] = [
      run(1, 600, { data: 1 }),
      run(9, 600, { forward: 1 })
    ];
    expect(phaseChanges([[one, other]])).toHaveLength(2);
    expect(phaseChanges([[one, { ...other, phases: {} }]])).toEqual([]);
    expect(phaseChanges([[{ ...one, status: 'error' }, other]])).toEqual([]);
  });
});
