import { decodeSession } from '../../../src/record/decode';
import {
  MOST_PLACES,
  libraryOf,
  lineCosts,
  placeTree,
  tellingGrowth
} from '../../../src/record/places';
import { MOST_DEVICES } from '../../../src/record/growth';
import { hottest } from '../../../src/record/hottest';
import { runsToShow, textsOf, textsUsedBy } from '../../../src/record/texts';
import type { CellRecord, Place, Session } from '../../../src/record/_session';
import { PLAIN } from '../../../src/report/plain';
import {
  grownWords,
  hottestGist,
  hottestWords
} from '../../../src/views/places/place-words';
import { makeRecord, makeSession } from '../builders';
import growth from '../fixtures/places/growth.json';
import document from '../fixtures/places/session.json';
import told from '../fixtures/places/told.json';
import words from '../fixtures/places/words.json';

const OWN = '1'.repeat(64);
const OTHER = '2'.repeat(64);

const place = (
  parent: number | null,
  line: number,
  samples = 0,
  changes: Partial<Place> = {}
): Place => ({
  parent,
  kind: 'cell',
  source_hash: OWN,
  line,
  samples,
  ...changes
});

const run = (places: Place[], changes: Partial<CellRecord> = {}) =>
  makeRecord({ source_hash: OWN, places, stack_samples: 40, ...changes });

const session = () =>
  decodeSession(JSON.stringify(document)) as Required<Session>;

describe('record/places', () => {
  describe('placeTree()', () => {
    it('should sum what is below a node, and have the most first', () => {
      const tree = placeTree(
        run([
          place(null, 1, 1),
          place(0, 5, 2, { host_growth_bytes: 10 }),
          place(0, 6, 8, { device_growth_bytes: { 'cuda:0': 7 } }),
          place(2, 9, 4, { device_growth_bytes: { 'cuda:0': 1, 'cuda:1': 2 } }),
          place(null, 2, 20)
        ])
      );
      expect(tree.roots.map(({ place }) => place.line)).toEqual([2, 1]);
      const [, first] = tree.roots;
      expect([first.looks, first.own, first.hostBytes]).toEqual([15, 1, 10]);
      expect([...first.deviceBytes]).toEqual([
        ['cuda:0', 8],
        ['cuda:1', 2]
      ]);
      expect(first.children.map(({ place }) => place.line)).toEqual([6, 5]);
      expect(tree.looks).toBe(40);
    });

    it('should tell growth of one device: an accelerator before the host', () => {
      const MIB = 2 ** 20;
      const grown = (host: number, devices: Record<string, number>) =>
        tellingGrowth({
          looks: 1,
          hostBytes: host,
          deviceBytes: new Map(Object.entries(devices))
        });
      const more = { 'cuda:0': 3 * MIB, 'cuda:1': 4 * MIB };
      expect(grown(900 * MIB, more)).toEqual({
        device: 'cuda:1',
        bytes: 4 * MIB
      });
      expect(grown(9 * MIB, { 'cuda:0': 5 })).toEqual({
        device: 'host',
        bytes: 9 * MIB
      });
      expect(grown(MIB - 1, { 'cuda:0': -5 })).toBeNull();
    });

    it('should leave out what hangs from nothing, with all below it', () => {
      const tree = placeTree(
        run([
          place(0, 1, 99),
          place(7, 2, 99),
          place(-1, 3, 99),
          place(1.5, 4, 99),
          place(NaN, 5, 99),
          place(2, 6, 99),
          place(null, 7, 5),
          place(6, 8, 1)
        ])
      );
      expect(tree.nodes.map(({ index }) => index)).toEqual([6, 7]);
      expect(tree.looks).toBe(40);
    });

    it('should count nothing that is no number', () => {
      const bad = [NaN, Infinity, -5, 1e300, '7' as never, null as never];
      const tree = placeTree(
        run(
          bad.map(samples =>
            place(null, 1, samples, {
              host_growth_bytes: samples,
              device_growth_bytes: { x: NaN }
            })
          ),
          { stack_samples: NaN }
        )
      );
      expect(tree.looks).toBe(0);
      expect(tree.nodes.every(({ own }) => own === 0)).toBe(true);
    });

    it('should look at a bounded part of a tree of any size and depth', () => {
      const devices = Object.fromEntries(
        Array.from({ length: 1000 }, (_, i) => [`d${i}`, 1])
      );
      const deep = Array.from({ length: MOST_PLACES }, (_, i) =>
        place(i === 0 ? null : i - 1, (i % 7) + 1, 1, {
          device_growth_bytes: devices
        })
      );
      const read = jest.fn();
      const unread = new Proxy(place(0, 1), { get: read, has: read });
      const record = run([...deep, ...new Array<Place>(300_000).fill(unread)]);
      const { nodes } = placeTree(record);
      expect(nodes).toHaveLength(MOST_PLACES);
      expect(lineCosts(record, OWN).size).toBe(7);
      expect(hottest(record)).not.toBeNull();
      expect(read).not.toHaveBeenCalled();
      expect(
        Math.max(...nodes.map(({ deviceBytes }) => deviceBytes.size))
      ).toBe(MOST_DEVICES);
    });
  });

  describe('lineCosts()', () => {
    it('should count a look once for a line that is there several times', () => {
      const costs = lineCosts(
        run([
          place(null, 1, 1),
          place(0, 5, 2, { function: 'f' }),
          // It calls itself, by way of another text.
          place(1, 3, 4, { source_hash: OTHER }),
          place(2, 5, 8, { function: 'f', host_growth_bytes: 3 }),
          // And it is called from elsewhere.
          place(null, 2, 0),
          place(4, 5, 16, { function: 'f' })
        ]),
        OWN
      );
      expect([...costs].map(([line, { looks }]) => [line, looks])).toEqual([
        [1, 15],
        [5, 30],
        [2, 16]
      ]);
      expect(costs.get(5)?.hostBytes).toBe(3);
    });

    it('should know lines of this text only', () => {
      const record = run([
        place(null, 1),
        place(0, 3, 4, { source_hash: OTHER }),
        place(0, 9, 5, { kind: 'file', source_hash: OTHER, path: 'a.py' }),
        place(0, NaN, 5, { source_hash: OTHER }),
        place(0, -1, 5, { source_hash: OTHER })
      ]);
      expect([...lineCosts(record, OTHER).keys()]).toEqual([3]);
      expect(lineCosts(record, '9').size).toBe(0);
    });
  });

  describe('libraryOf()', () => {
    const library = (parent: number | null, name: string): Place =>
      place(parent, 1, 0, { kind: 'library', package: name });
    const nodes = [
      place(null, 3),
      library(0, 'diffusers'),
      library(1, 'torch'),
      library(0, 'torch'),
      place(2, 4),
      library(5, 'torch'),
      library(-1, 'torch')
    ];

    it.each([
      [0, null],
      [1, 'diffusers'],
      [2, 'diffusers'],
      [3, null],
      [4, null],
      [5, null],
      [6, null],
      [7, null],
      [null, null]
    ])('should say whose code was at place %p: %p', (at, whose) => {
      expect(libraryOf(run(nodes), at)).toBe(whose);
    });
  });

  describe('texts', () => {
    const text = makeRecord({ cell_id: 'def', source_hash: OTHER });
    const user = (changes: Partial<CellRecord> = {}) =>
      run([place(null, 1), place(0, 2, 20, { source_hash: OTHER })], {
        cell_id: 'use',
        ...changes
      });

    it('should know who has a text and who used it, the latest first', () => {
      const [first, second] = [user(), user()];
      const edited = makeRecord({ cell_id: 'def', source_hash: '3' });
      const texts = textsOf(makeSession([text, first, second, edited]));
      expect(texts.usersOf(OTHER)).toEqual([second, first]);
      expect(texts.ownerOf(OTHER)).toEqual({ record: text, latest: edited });
      expect(texts.ownerOf('9')).toBeNull();
      expect([...textsUsedBy(first)]).toEqual([OWN, OTHER]);
    });

    it('should show runs of other cells, of its own only the latest', () => {
      const own = (changes: Partial<CellRecord> = {}) =>
        run([place(null, 1, 20, { source_hash: OTHER })], {
          cell_id: 'def',
          source_hash: OTHER,
          ...changes
        });
      const [before, first, now, after] = [own(), user(), own(), user()];
      const former = user({ former: true });
      const copy = own({ cell_id: 'copy' });
      const cells = [former, before, first, now, copy, after];
      const runs = runsToShow(now, textsOf(makeSession(cells)));
      expect(runs).toEqual([after, now, first]);
    });
  });

  describe('documents from before places', () => {
    const plain = (places: readonly Place[]) =>
      places.map(place =>
        Object.fromEntries(
          Object.entries(place).filter(
            ([, value]) => JSON.stringify(value) !== '{}' && value !== 0
          )
        )
      );

    it('should get what the kernel makes of them', () => {
      for (const record of session().cells) {
        const expected = told[record.run_id as keyof typeof told];
        if (expected) {
          expect(plain(record.places ?? [])).toEqual(expected.places);
          expect(record.stack_samples ?? 0).toBe(expected.stack_samples);
        }
      }
    });

    it('should stay as they are otherwise', () => {
      const record = run([place(null, 1, 9)]);
      const whole = makeSession([record, makeRecord()]);
      expect(decodeSession(whole)).toBe(whole);
    });
  });

  describe('the sentence', () => {
    it.each(Object.entries(growth.words))(
      'should be that of the kernel where memory grew: %s',
      (id, text) => {
        const whole = decodeSession(JSON.stringify(growth.session));
        const record = whole.cells!.find(({ run_id }) => run_id === id)!;
        const stale = new Set<string>();
        const context = { session: whole, record, stale, trans: PLAIN };
        expect(grownWords(context) ?? '').toBe(text);
      }
    );

    it.each(Object.entries(words))(
      'should be that of the kernel: %s',
      (id, text) => {
        const whole = session();
        const record = whole.cells.find(({ run_id }) => run_id === id)!;
        const context = {
          session: whole,
          record,
          stale: new Set<string>(),
          trans: PLAIN
        };
        expect(hottestWords(context) ?? '').toBe(text);
      }
    );

    it('should have a gist', () => {
      const whole = session();
      const gist = (count: number, stale = new Set<string>()) =>
        hottestGist({
          session: whole,
          record: whole.cells[count - 1],
          stale,
          trans: PLAIN
        });
      expect([3, 4, 7, 9, 12].map(count => gist(count))).toEqual([
        '`augment`: 69%',
        'line 2: 63%',
        '`train.py` line 12: 90%',
        'torch · Tensor.backward: 60%',
        null
      ]);
    });

    it('should say that a text is no longer what the cell shows', () => {
      const whole = session();
      const context = {
        session: whole,
        record: whole.cells[4],
        stale: new Set(['r-2']),
        trans: PLAIN
      };
      expect(hottestWords(context)).toBe(
        '83% in `prepare`, line 2 of an earlier text of [2]'
      );
    });
  });
});
