import { compareRuns, sidesOf } from '../../../src/record/compare';
import { isSameStep } from '../../../src/record/compare-deep';
import { compareSessions } from '../../../src/record/compare-sessions';
import { decodeSession } from '../../../src/record/decode';
import { PLAIN } from '../../../src/report/plain';
import {
  deepChangeWords,
  reasonWords
} from '../../../src/views/comparison/deep-change-words';
import type { CellRecord } from '../../../src/record/_session';
import { makeMemory, makeRecord, makeSession } from '../fixtures/records';
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

  it('should judge neither the time nor the memory that recording takes', () => {
    const deep = after.cells!.find(record => record.deep)!.deep;
    const run = (parts: Partial<CellRecord>, peak: number) =>
      makeRecord({
        ...parts,
        memory: [makeMemory({ device: 'host', peak_bytes: peak })]
      });
    const verdicts = (one: CellRecord, other: CellRecord) =>
      Object.fromEntries(
        compareRuns(
          sidesOf(makeSession([one]))(one),
          sidesOf(makeSession([other]))(other)
        ).differences.map(({ metric, verdict }) => [metric, verdict])
      );
    const plain = run({ duration_s: 1 }, 2 ** 24);
    const recorded = run({ duration_s: 9, deep }, 2 ** 30);
    const slow = run({ duration_s: 9 }, 2 ** 30);
    expect(verdicts(plain, slow)).toMatchObject({
      time: 'worse',
      peak: 'worse'
    });
    expect(verdicts(plain, recorded)).toMatchObject({ time: null, peak: null });
    expect(verdicts({ ...plain, deep }, recorded)).toMatchObject({
      time: 'worse',
      peak: 'worse'
    });
  });
});
