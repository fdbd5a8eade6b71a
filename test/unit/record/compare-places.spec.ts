import { placeChanges } from '../../../src/record/compare-places';
import { compareSessions } from '../../../src/record/compare-sessions';
import { decodeSession } from '../../../src/record/decode';
import type { CellRecord, Place } from '../../../src/record/_session';
import { PLAIN } from '../../../src/report/plain';
import { placeChangeWords } from '../../../src/views/comparison/place-change-words';
import { findings } from '../../../src/views/comparison/words';
import { makeRecord, makeSession } from '../builders';
import fixture from '../fixtures/compare/places.json';

const [before, after] = [fixture.before, fixture.after].map(session =>
  decodeSession(JSON.stringify(session))
);

const OWN = '1'.repeat(64);

/** A run that was met so often in each of its lines. */
function run(duration_s: number, ...looks: number[]): CellRecord {
  return makeRecord({
    source: looks.map((_, index) => `call_${index}()`).join('\n'),
    source_hash: OWN,
    duration_s,
    places: looks.map((samples, index): Place => ({
      parent: null,
      kind: 'cell',
      source_hash: OWN,
      line: index + 1,
      samples
    })),
    stack_samples: looks.reduce((sum, count) => sum + count, 0)
  });
}

const changes = (one: CellRecord, other: CellRecord) =>
  placeChanges([
    [
      { session: makeSession([one]), record: one },
      { session: makeSession([other]), record: other }
    ]
  ]);

describe('record/compare-places', () => {
  it('should find what `jupyter torchprof compare` finds', () => {
    const { places } = compareSessions(before, after);
    const round = (value: number) => Number(value.toFixed(6));
    expect(
      places.map(change => ({
        run: change.run.record.run_id,
        line: change.node.place.line ?? null,
        before: round(change.before),
        after: round(change.after),
        words: placeChangeWords(change, PLAIN)
      }))
    ).toEqual(fixture.expected);
  });

  it('should say the first after the time', () => {
    const { places, totals } = compareSessions(before, after);
    const words = findings({ differences: totals, places }, PLAIN).map(
      finding => finding.words
    );
    expect(words[0]).toBe('`augment` took 3.7 s, before 1.7 s');
  });

  it('should call the same what chance may make', () => {
    expect(changes(run(1, 12, 18), run(1, 15, 15))).toEqual([]);
    // With as many looks as that it is no chance any more.
    expect(changes(run(1, 1200, 1800), run(1, 1500, 1500))).toHaveLength(2);
    // Runs differ by a tenth by themselves, and an interpreter by milliseconds.
    expect(changes(run(1, 1000), run(1.09, 1000))).toEqual([]);
    expect(changes(run(0.01, 1000), run(0.019, 1000))).toEqual([]);
  });

  it('should say nothing of few looks, or of a run that failed', () => {
    expect(changes(run(1, 19), run(5, 100))).toEqual([]);
    expect(
      changes(run(1, 100), { ...run(5, 100), status: 'error' as const })
    ).toEqual([]);
  });

  it('should tell of few', () => {
    const looks = Array<number>(20).fill(10);
    expect(changes(run(1, ...looks), run(50, ...looks))).toHaveLength(5);
  });
});
