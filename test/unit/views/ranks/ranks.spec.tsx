import * as React from 'react';

import { PLAIN } from '../../../../src/report/plain';
import type {
  CellRecord,
  Place,
  RankNow,
  RankRun
} from '../../../../src/record/_session';
import { Ranks } from '../../../../src/views/ranks/ranks';
import {
  replicaWords,
  stallWords
} from '../../../../src/views/ranks/ranks-words';
import { RanksRunning } from '../../../../src/views/ranks/ranks-running';
import type { IRunning } from '../../../../src/views/state';
import { makeRecord, makeSample } from '../../builders';
import { makeRank } from '../../fixtures/ranks/make';
import { button, cleanUp, click, get, render } from '../render';

afterEach(cleanUp);

function draw(ranks: RankRun[]): HTMLElement {
  return render(
    <Ranks
      record={makeRecord({ ranks })}
      devices={['host', 'cuda:0']}
      detail={(record: CellRecord) => <p>all of {record.run_id}</p>}
      trans={PLAIN}
    />
  );
}

const rows = (element: Element) =>
  [...element.querySelectorAll('tbody tr')].map(row =>
    [...row.children].map(cell => cell.textContent)
  );
const byDevice = (bytes: number): Record<string, number> =>
  bytes > 0 ? { 'cuda:1': bytes } : {};
const late = [
  makeRank(0, { late: { median_s: -0.031, late_share: 0 } }),
  makeRank(1, { late: { median_s: 0.031, late_share: 0.97 } })
];

describe('views/ranks', () => {
  it('should say nothing of a run that started none', () => {
    expect(draw([]).textContent).toBe('');
  });

  it('should have a row for each rank, and name the one that the others wait for', () => {
    const element = draw(late);
    expect(get(element, 'summary').textContent).toBe(
      'Ranksrank 1 late by 31 ms'
    );
    expect(element.textContent).toContain(
      'Rank 1 came 31 ms after the others, as the median; to 97% of 30 collectives it came late.'
    );
    expect(rows(element)).toEqual([
      ['rank 0', '2 s', '103 MiB', '30', '0 ms'],
      ['rank 1', '2 s', '103 MiB', '30', '31 ms']
    ]);
  });

  it('should tell launches of one cell apart', () => {
    const again = [makeRank(0, { launch: 1 }), makeRank(1, { launch: 1 })];
    const names = rows(draw([...late, ...again])).map(([name]) => name);
    expect(names).toEqual([
      'rank 0',
      'rank 1',
      'rank 0 of launch 2',
      'rank 1 of launch 2'
    ]);
  });

  it('should open everything about one rank, and close it again', () => {
    const element = draw(late);
    click(button(element, 'rank 1'));
    expect(element.textContent).toContain('all of rank-0-1');
    expect(element.textContent).toContain('process 4001 by fork, gloo');
    expect(button(element, 'rank 1').getAttribute('aria-expanded')).toBe(
      'true'
    );
    click(button(element, 'rank 1'));
    expect(element.textContent).not.toContain('all of rank-0-1');
  });

  it('should say where the steps of a replica went', () => {
    const replica = {
      path: 'model',
      parameter_bytes: 1,
      iterations: 20,
      forward_s: 0.0003,
      backward_s: 0.001,
      communication_s: 0.026,
      overlap_s: null,
      finds_unused: false,
      unused_bytes: 0,
      bucket_view: false,
      static_graph: false
    };
    expect(replicaWords(replica, PLAIN)).toBe(
      'A step of model: forward 0.3 ms, backward 1 ms, communication 26 ms'
    );
    const element = draw([{ ...late[0], replicas: [replica] }, late[1]]);
    click(button(element, 'rank 0'));
    expect(element.textContent).toContain('communication 26 ms');
  });

  it('should say how they ended, before anything else', () => {
    const element = draw([
      makeRank(0, { exit: 'error' }),
      makeRank(1, { exit: 'killed' })
    ]);
    expect(get(element, 'summary').textContent).toBe(
      'Ranksrank 1 killed · rank 0 failed'
    );
    expect(rows(element)[1][0]).toBe('rank 1 killed');
    const killed = makeRank(1, { exit: 'killed' });
    const waiting = {
      name: 'gloo:all_reduce',
      group: 'g',
      number: 2,
      since_s: 4
    };
    const places = [
      { parent: null, kind: 'cell' as const, line: 3, function: 'train' },
      { parent: 0, kind: 'library' as const, package: 'torch' }
    ];
    const record = { ...killed.record, places };
    expect(
      rows(draw([{ ...killed, waiting, last_place: 1, record }]))[0][0]
    ).toBe('rank 1 killedwaited in all_reduce, last seen at train, line 3');
  });

  it('should not call processes without a group ranks', () => {
    const element = draw([0, 1].map(rank => makeRank(rank, { backend: null })));
    expect(get(element, 'summary').textContent).toBe('Processes2 processes');
    expect(rows(element)[0][0]).toBe('process 0');
  });

  it('should list the worst of many, and all when asked', () => {
    const element = draw(
      Array.from({ length: 64 }, (_, rank) => makeRank(rank))
    );
    expect(rows(element)).toHaveLength(4);
    click(button(element, 'Show all 64'));
    expect(rows(element)).toHaveLength(64);
  });

  it('should draw the memory of each over time, on one scale', () => {
    const [first, second] = late;
    const sampled = (run: RankRun, started_at: number, bytes: number[]) => ({
      ...run,
      record: {
        ...run.record,
        started_at,
        samples: bytes.map((host_bytes, t_s) => ({ t_s, host_bytes }))
      }
    });
    const element = draw([
      sampled(first, 100, [0, 50, 100]),
      sampled(second, 102, [0, 200, 100])
    ]);
    const lanes = [...element.querySelectorAll('svg')];
    expect(lanes.map(lane => lane.getAttribute('aria-label'))).toEqual([
      'Memory of rank 0 over time, 100 B at most',
      'Memory of rank 1 over time, 200 B at most'
    ]);
    expect(
      lanes.map(lane =>
        get(lane as unknown as HTMLElement, 'path').getAttribute('d')
      )
    ).toEqual([
      'M0 100L0 100L250 75L500 50L500 100Z',
      'M500 100L500 100L750 0L1000 50L1000 100Z'
    ]);
    expect(get(element, 'figcaption').textContent).toBe(
      'Memory over 4 s, up to 200 B'
    );
    expect(draw(late).querySelectorAll('svg')).toHaveLength(0);
  });

  it('should say who waits for whom when nothing moves', () => {
    const rank = (rank: number, changes: Partial<RankNow>): RankNow => ({
      rank,
      backend: 'gloo',
      steps: 3,
      backwards: 3,
      host_bytes: 1,
      seen_s: 9,
      ...changes
    });
    const waiting = (number: number) => ({
      waiting: { name: 'gloo:all_reduce', group: 'g', number, since_s: 4.2 }
    });
    const place = (changes: Partial<Place>) => ({
      place: { parent: null, kind: 'cell' as const, line: 17, ...changes }
    });
    expect(stallWords([rank(0, {}), rank(1, {})], PLAIN)).toBe('');
    expect(
      stallWords(
        [rank(0, waiting(5)), rank(1, place({ function: 'train' }))],
        PLAIN
      )
    ).toBe(
      'rank 0 waits in all_reduce for 4 s; rank 1 has not come: it is at train, line 17'
    );
    expect(
      stallWords(
        [
          rank(0, waiting(5)),
          rank(1, { ...waiting(5) }),
          rank(2, {
            ...waiting(4),
            ...place({ kind: 'file', path: 'a/train.py', function: 'main' })
          }),
          rank(3, { ended: true })
        ],
        PLAIN
      )
    ).toBe(
      'rank 0 waits in all_reduce for 4 s; rank 2 has not come: it is at main, train.py line 17'
    );
  });

  it('should say who hangs without its threads, before who waits for it', () => {
    const now = (rank: number, changes: Partial<RankNow>): RankNow => ({
      rank,
      backend: 'gloo',
      steps: 0,
      backwards: 0,
      host_bytes: 1,
      seen_s: 9,
      ...changes
    });
    const waiting = {
      name: 'gloo:all_reduce',
      group: 'g',
      number: 1,
      since_s: 4
    };
    const place = {
      parent: null,
      kind: 'cell' as const,
      function: 'train',
      line: 3
    };
    expect(
      stallWords(
        [now(0, { waiting }), now(1, { openmp_wait_s: 3.1, place })],
        PLAIN
      )
    ).toBe(
      'rank 1 hangs at train, line 3: it waits for threads that a fork has not copied. ' +
        'Write torch.set_num_threads(1) as the first statement of what the processes run.'
    );
    expect(stallWords([now(1, { openmp_wait_s: 3.1 })], PLAIN)).toMatch(
      /^rank 1 hangs: it waits/
    );
    const killed = makeRank(1, { exit: 'killed' });
    const hung = { ...killed, openmp_wait_s: 3.1 };
    expect(rows(draw([hung]))[0][0]).toBe(
      'rank 1 killedwaited for threads that a fork has not copied'
    );
  });

  it('should tell what they do while the cell runs', () => {
    const running = (ranks: number[]): IRunning => ({
      cell: {
        type: 'start',
        run_id: 'r',
        cell_id: 'c',
        execution_count: 1,
        started_at: 0,
        source: ''
      },
      samples: [
        {
          ...makeSample(1, 2 ** 20),
          ranks: ranks.map((steps, rank) => ({
            rank,
            backend: 'gloo',
            steps,
            backwards: steps,
            host_bytes: 2 ** 20,
            devices: byDevice(rank ? 2 ** 21 : 0),
            seen_s: 1,
            ended: false
          }))
        }
      ]
    });
    const element = render(
      <RanksRunning running={running([118, 120])} trans={PLAIN} />
    );
    expect(get(element, 'p').textContent).toBe('2 ranks: steps 118 to 120');
    expect(rows(element)).toEqual([
      ['rank 0', '118 steps', '1 MiB'],
      ['rank 1', '120 steps', '2 MiB']
    ]);
    expect(
      render(<RanksRunning running={running([])} trans={PLAIN} />).textContent
    ).toBe('');
  });
});
