import * as React from 'react';

import { lineHeat } from '../../../../src/cell/editor/heat';
import { grownMost } from '../../../../src/record/hottest';
import { lineCosts, placeTree } from '../../../../src/record/places';
import type { CellRecord, Place } from '../../../../src/record/_session';
import { PLAIN } from '../../../../src/report/plain';
import { WhereMemory } from '../../../../src/views/places/where-memory';
import { makeMemory, makeRecord, makeSession } from '../../builders';
import { cleanUp, get, render } from '../render';

const OWN = '1'.repeat(64);
const OTHER = '2'.repeat(64);
const MIB = 2 ** 20;

const PLACES: Place[] = [
  { parent: null, kind: 'cell', source_hash: OWN, line: 1, samples: 20 },
  {
    parent: 0,
    kind: 'cell',
    source_hash: OTHER,
    function: 'gather',
    line: 2,
    samples: 20,
    host_growth_bytes: 500 * MIB
  },
  // It frees some of it again.
  {
    parent: null,
    kind: 'cell',
    source_hash: OWN,
    line: 2,
    samples: 20,
    host_growth_bytes: -300 * MIB
  },
  {
    parent: null,
    kind: 'cell',
    source_hash: OWN,
    line: 3,
    samples: 20,
    host_growth_bytes: 40 * MIB
  }
];

const grew = (peak: number, changes: Partial<CellRecord> = {}) =>
  makeRecord({
    cell_id: 'use',
    source: 'gather()\nfree()\nmore()',
    source_hash: OWN,
    places: PLACES,
    stack_samples: 80,
    memory: [makeMemory({ peak_bytes: 100 * MIB + peak * MIB })],
    ...changes
  });

describe('where the memory grew', () => {
  afterEach(cleanUp);

  const draw = (record: CellRecord) =>
    render(
      <WhereMemory
        session={makeSession([
          makeRecord({
            cell_id: 'def',
            execution_count: 2,
            source: 'def gather():\n    hold()',
            source_hash: OTHER
          }),
          record
        ])}
        record={record}
        stale={new Set()}
        actions={{}}
        trans={PLAIN}
      />
    );

  const rows = (element: HTMLElement) =>
    [...element.querySelectorAll<HTMLElement>('[role=treeitem]')].map(row => [
      get(row, '.jp-Torchprof-treeName > bdi').textContent,
      get(row, '.jp-Torchprof-placeShare').textContent,
      get(row, '.jp-Torchprof-treeBar > span').style.width
    ]);

  it('should name the line, and show the tree by what grew', () => {
    const element = draw(grew(800));
    expect(get(element, '.jp-Torchprof-hottest').textContent).toBe(
      '+500 MiB in gather, cell [2] line 2'
    );
    expect(get(element, '.jp-Torchprof-partSummary').textContent).toBe(
      '+500 MiB'
    );
    expect(rows(element)).toEqual([
      ['gather()', '+500 MiB', '62.50%'],
      ['gather', '+500 MiB', '62.50%'],
      ['more()', '+40 MiB', '5.00%']
    ]);
  });

  it('should never say more than the memory of the run rose by', () => {
    const record = grew(200);
    expect(rows(draw(record)).map(([, bytes]) => bytes)).toEqual([
      '+200 MiB',
      '+200 MiB',
      '+40 MiB'
    ]);
    expect(grownMost(record)?.bytes).toBe(200 * MIB);
    // So the marks in the editor, and the listed source.
    expect(lineCosts(record, OWN).get(1)?.hostBytes).toBe(200 * MIB);
    expect(
      lineHeat(record).map(({ line, growth }) => [line, growth[0]?.bytes])
    ).toEqual([
      [1, 200 * MIB],
      [2, -300 * MIB],
      [3, 40 * MIB]
    ]);
  });

  it('should hold the lines that stand several times in the tree to it', () => {
    const again: Place = { ...PLACES[1], parent: 3 };
    const record = grew(700, { places: [...PLACES, again] });
    expect(lineCosts(record, OTHER).get(2)?.hostBytes).toBe(700 * MIB);
    // What was freed counts for what called it before anything is cut.
    const [first] = placeTree(
      grew(450, {
        places: [
          PLACES[0],
          PLACES[1],
          { ...PLACES[2], parent: 0, host_growth_bytes: -100 * MIB }
        ]
      })
    ).roots;
    expect(first.hostBytes).toBe(400 * MIB);
  });

  it('should tell of the device that the work is on', () => {
    const cuda = makeMemory({
      device: 'cuda:0',
      allocated_before_bytes: 0,
      peak_bytes: 64 * MIB
    });
    const places = [
      PLACES[0],
      { ...PLACES[1], device_growth_bytes: { 'cuda:0': 32 * MIB } },
      ...PLACES.slice(2)
    ];
    const record = grew(800, { places });
    const element = draw({
      ...record,
      memory: [...(record.memory ?? []), cuda]
    });
    expect(get(element, '.jp-Torchprof-hottest').textContent).toBe(
      '+32 MiB on cuda:0 in gather, cell [2] line 2'
    );
    expect(rows(element)).toHaveLength(2);
  });

  it('should say nothing of what a process moves by itself, or of crumbs', () => {
    expect(draw(grew(7)).textContent).toBe('');
    expect(draw(grew(800, { memory: [] })).textContent).toBe('');
    const crumbs = PLACES.map(place => ({
      ...place,
      host_growth_bytes: 9 * MIB
    }));
    expect(draw(grew(800, { places: crumbs })).textContent).toBe('');
  });
});
