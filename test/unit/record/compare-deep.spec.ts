import { isSameStep } from '../../../src/record/compare-deep';
import { compareSessions } from '../../../src/record/compare-sessions';
import { decodeSession } from '../../../src/record/decode';
import { PLAIN } from '../../../src/report/plain';
import {
  deepChangeWords,
  reasonWords
} from '../../../src/views/comparison/deep-change-words';
import fixture from '../fixtures/compare/deep.json';

const [before, after] = [fixture.before, fixture.after].map(session =>
  decodeSession(JSON.stringify(session))
);

describe('record/compare-deep', () => {
  it('should find what `jupyter torchprof compare` finds', () => {
    const round = (value: number) => Number(value.toFixed(8));
    const found = compareSessions(before, after).pairs.flatMap(pair =>
      pair.deep ? { run: pair.after.run_id, deep: pair.deep } : []
    );
    expect(
      found.map(({ run, deep }) => ({
        run,
        before: deep.before.record.run_id,
        after: deep.after.record.run_id,
        reason: deep.reason,
        lines: deep.step
          ? [deep.step, ...deep.changes].map(change =>
              deepChangeWords(change, PLAIN)
            )
          : [reasonWords(deep, PLAIN)],
        changes: deep.changes.map(change => ({
          kind: change.kind,
          before: round(change.before),
          after: round(change.after),
          noise: round(change.noise)
        }))
      }))
    ).toEqual(fixture.expected);
  });

  it('should call a session the same as itself', () => {
    for (const { deep } of compareSessions(after, after).pairs) {
      expect(deep?.changes ?? []).toEqual([]);
      expect(deep?.step ? isSameStep(deep.step) : true).toBe(true);
    }
  });
});
