import * as React from 'react';

import { rankChanges } from '../../../src/record/compare-ranks';
import type { CellRecord, RankRun } from '../../../src/record/_session';
import { PLAIN } from '../../../src/report/plain';
import { rankChangeWords } from '../../../src/views/comparison/rank-change-words';
import { RankChanges } from '../../../src/views/comparison/rank-changes';
import { makeMemory, makeRecord } from '../builders';
import cases from '../fixtures/compare/ranks.json';
import { makeRank } from '../fixtures/ranks/make';
import { cleanUp, render } from '../views/render';

/** As the fixture tells of a rank. */
interface ITold {
  rank?: number;
  launch?: number;
  exit?: string;
  backend?: null;
  late_s?: number;
  late_share?: number;
  communication_s?: number;
  peak?: number;
}

function run(told: readonly ITold[]): CellRecord {
  return makeRecord({
    ranks: told.map((each, index): RankRun => {
      const { late_s, late_share = 0, communication_s, peak } = each;
      return {
        ...makeRank(each.rank ?? index, {
          exit: each.exit as RankRun['exit'],
          backend: each.backend,
          launch: each.launch,
          late:
            late_s === undefined
              ? null
              : { median_s: late_s, late_share: late_share },
          memory:
            peak === undefined
              ? []
              : [
                  makeMemory({
                    device: 'cuda:0',
                    peak_bytes: peak,
                    peak_is: 'exact'
                  })
                ]
        }),
        replicas:
          communication_s === undefined
            ? []
            : [
                {
                  path: 'model',
                  parameter_bytes: 4,
                  iterations: 30,
                  forward_s: null,
                  backward_s: null,
                  communication_s,
                  overlap_s: null,
                  finds_unused: false,
                  unused_bytes: 0,
                  bucket_view: false,
                  static_graph: false
                }
              ]
      };
    })
  });
}

describe('record/compare-ranks', () => {
  afterEach(cleanUp);

  it.each(cases.map(one => [one.name, one] as const))(
    'should find what `jupyter torchprof compare` finds: %s',
    (_, { before, after, words }) => {
      const changes = rankChanges(run(before), run(after));
      expect(changes.map(change => rankChangeWords(change, PLAIN))).toEqual(
        words
      );
    }
  );

  it('should be listed by cell', () => {
    const changes = rankChanges(run(cases[0].before), run(cases[0].after));
    const page = render(
      React.createElement(RankChanges, {
        cells: [
          { name: '[3]', changes: [] },
          { name: '[4]', changes }
        ],
        trans: PLAIN
      })
    );
    const items = [...page.querySelectorAll('li')].map(
      ({ textContent }) => textContent
    );
    expect(items[0]).toBe('[4] no rank late, before rank 1 late by 31 ms');
    expect(items).toHaveLength(2);
  });
});
