import * as React from 'react';

import type {
  CellRecord,
  Place,
  Session
} from '../../../../src/record/_session';
import { placeTree } from '../../../../src/record/places';
import { PLAIN } from '../../../../src/report/plain';
import { timeMeasure } from '../../../../src/views/places/place-measure';
import { SHOWN, placeRows } from '../../../../src/views/places/place-rows';
import { SourceListing } from '../../../../src/views/runs/source';
import type { IViewActions } from '../../../../src/views/state';
import { WhereTime } from '../../../../src/views/places/where-time';
import { makeMemory, makeRecord, makeSession } from '../../builders';
import { button, cleanUp, click, focus, get, press, render } from '../render';

const OWN = '1'.repeat(64);
const OTHER = '2'.repeat(64);
const MIB = 2 ** 20;

const definition = makeRecord({
  cell_id: 'def',
  execution_count: 2,
  source: 'def augment(x):\n    slow(x)',
  source_hash: OTHER
});

const PLACES: Place[] = [
  { parent: null, kind: 'cell', source_hash: OWN, line: 2, samples: 2 },
  {
    parent: 0,
    kind: 'cell',
    source_hash: OTHER,
    function: 'augment',
    line: 2,
    samples: 25,
    host_growth_bytes: 3 * MIB
  },
  {
    parent: 1,
    kind: 'library',
    package: 'torch',
    function: 'Tensor.cos',
    samples: 3
  },
  { parent: null, kind: 'cell', source_hash: OWN, line: 3, samples: 1 },
  {
    parent: 3,
    kind: 'library',
    package: 'torch',
    function: 'DataLoader',
    samples: 2
  },
  { parent: 4, kind: 'file', path: 'lib/data.py', line: 7, samples: 7 },
  { parent: 3, kind: 'cell', source_hash: '9', function: 'gone', line: 4 },
  { parent: null, kind: 'thread' }
];

const user = (changes: Partial<CellRecord> = {}) =>
  makeRecord({
    cell_id: 'use',
    execution_count: 3,
    source: '# uses it\naugment(x)\nnext(data)',
    source_hash: OWN,
    places: PLACES,
    stack_samples: 40,
    ...changes
  });

describe('where the time went', () => {
  afterEach(cleanUp);

  function draw(
    record: CellRecord,
    actions: IViewActions = {},
    session: Session = makeSession([definition, record])
  ): HTMLElement {
    return render(
      <WhereTime
        session={session}
        record={record}
        stale={new Set()}
        actions={actions}
        trans={PLAIN}
      />
    );
  }

  const rows = (element: HTMLElement) => [
    ...element.querySelectorAll<HTMLElement>('[role=treeitem]')
  ];
  const texts = (element: HTMLElement) =>
    rows(element).map(row =>
      [
        row.getAttribute('aria-level'),
        get(row, '.jp-Torchprof-treeName > bdi').textContent,
        get(row, '.jp-Torchprof-placeWhere').textContent,
        get(row, '.jp-Torchprof-placeShare').textContent
      ].join(' ')
    );

  it('should begin with a sentence, whose gist the heading has', () => {
    const element = draw(user());
    expect(get(element, '.jp-Torchprof-hottest').textContent).toBe(
      '70% in augment, cell [2] line 2'
    );
    expect(get(element, '.jp-Torchprof-partSummary').textContent).toBe(
      'augment: 70%'
    );
  });

  it('should show the tree, the most first, and what memory grew by', () => {
    const element = draw(user());
    expect(texts(element)).toEqual([
      '1 augment(x) line 2 75%',
      '2 augment [2] line 2 70%',
      '3 torch · Tensor.cos  8%',
      '1 next(data) line 3 25%',
      // It called the user's own code, so it is open.
      '2 torch · DataLoader  23%',
      '3 data.py data.py line 7 18%'
    ]);
    expect(
      rows(element).map(
        row => row.querySelector('.jp-Torchprof-placeGrowth')?.textContent
      )
    ).toEqual(['+3 MiB', '+3 MiB', undefined, undefined, undefined, undefined]);
    expect(rows(element).map(row => row.getAttribute('aria-expanded'))).toEqual(
      ['true', 'true', null, 'true', 'true', null]
    );
  });

  it("should tell the host's growth apart where there is an accelerator", () => {
    const places: Place[] = [
      { ...PLACES[0], device_growth_bytes: { 'cuda:0': 2 * MIB } },
      ...PLACES.slice(1)
    ];
    const memory = [
      makeMemory({ peak_bytes: 900 * MIB }),
      makeMemory({
        device: 'cuda:0',
        allocated_before_bytes: 0,
        peak_bytes: 2 * MIB
      })
    ];
    const element = draw(user({ places, memory }));
    expect(
      rows(element)
        .slice(0, 2)
        .map(row => get(row, '.jp-Torchprof-placeGrowth').textContent)
    ).toEqual(['cuda:0 +2 MiB', 'Host +3 MiB']);
  });

  it('should say what a cell holds that it does not know, or that was edited', () => {
    const places: Place[] = [
      ...PLACES.slice(0, 6),
      { ...PLACES[6], samples: 1 }
    ];
    const edited = makeRecord({ cell_id: 'def', execution_count: 5 });
    const record = user({ places });
    const element = draw(record, {}, makeSession([definition, record, edited]));
    expect(texts(element)).toEqual(
      expect.arrayContaining([
        '2 augment line 2 of an earlier text of [5] 68%',
        '2 gone line 4 of a cell 2%'
      ])
    );
    expect(rows(element).map(row => row.dataset.noise)).toEqual([
      ...Array<undefined>(6).fill(undefined),
      'true'
    ]);
  });

  it('should go to the line of the cell that a row is of', () => {
    const gone: [string | null, number][] = [];
    const record = user();
    const element = draw(record, {
      goToLine: ({ cell_id }, line) => gone.push([cell_id, line])
    });
    click(rows(element)[0]);
    click(rows(element)[1]);
    // Nowhere to go to: it folds.
    click(rows(element)[4]);
    expect(gone).toEqual([
      ['use', 2],
      ['def', 2]
    ]);
    expect(rows(element)).toHaveLength(5);
  });

  it('should link to other cells where there is no notebook', () => {
    const record = user();
    const element = draw(record, {
      hrefOf: ({ cell_id }) => `#to-${cell_id}`
    });
    const links = rows(element).map(row =>
      row.querySelector('a')?.getAttribute('href')
    );
    expect(links).toEqual([
      undefined,
      '#to-def',
      undefined,
      undefined,
      undefined,
      undefined
    ]);
    focus(rows(element)[1]);
    press('Enter');
    expect(window.location.hash).toBe('#to-def');
    window.location.hash = '';
  });

  it('should fold by the arrow before it, and by keys', () => {
    const gone: number[] = [];
    const element = draw(user(), { goToLine: (_, line) => gone.push(line) });
    click(get(rows(element)[0], '.jp-Torchprof-treeTwist'));
    expect(rows(element)).toHaveLength(4);
    focus(rows(element)[0]);
    press('ArrowRight');
    expect(rows(element)).toHaveLength(6);
    press('ArrowDown');
    expect(document.activeElement).toBe(rows(element)[1]);
    press('Enter');
    expect(gone).toEqual([2]);
    press('ArrowLeft');
    expect(rows(element)).toHaveLength(5);
    press('ArrowLeft');
    expect(document.activeElement).toBe(rows(element)[0]);
    press('n');
    expect(document.activeElement?.textContent).toContain('next(data)');
  });

  it('should fold all that is clicked before it is drawn again', () => {
    const element = draw(user());
    React.act(() => {
      for (const index of [0, 3]) {
        get(rows(element)[index], '.jp-Torchprof-treeTwist').click();
      }
    });
    expect(rows(element).map(row => row.getAttribute('aria-expanded'))).toEqual(
      ['false', 'false']
    );
  });

  it('should show a sensible number of rows, and more when asked to', () => {
    const places = Array.from({ length: 300 }, (_, i): Place => ({
      parent: null,
      kind: 'cell',
      source_hash: OWN,
      line: i + 1,
      samples: 300 - i
    }));
    const element = draw(user({ places }));
    expect(rows(element)).toHaveLength(SHOWN);
    click(button(element, '288 more'));
    expect(rows(element)).toHaveLength(200);
    expect(element.textContent).not.toContain('100 more');
  });

  it('should say nothing of too few samples, or of a cell of one line', () => {
    expect(draw(user({ stack_samples: 9, places: [] })).textContent).toBe('');
    const one = PLACES.slice(0, 1).map(place => ({ ...place, samples: 40 }));
    const source = '# all\naugment(x)';
    expect(draw(user({ places: one, source })).textContent).toBe('');
    expect(texts(draw(user({ places: one })))).toEqual([
      '1 augment(x) line 2 100%'
    ]);
  });

  it('should say that places are missing', () => {
    expect(draw(user({ places_complete: false })).textContent).toContain(
      'more places than are kept'
    );
  });

  it('should hold what is of no interest back from the tree', () => {
    const tree = placeTree(user());
    const measure = timeMeasure(user(), PLAIN);
    const { rows, more } = placeRows(tree, new Set([4]), false, measure);
    expect(rows.map(({ node }) => node.index)).toEqual([0, 1, 2, 3, 4]);
    expect(more).toBe(0);
  });
});

describe('the listed source', () => {
  afterEach(cleanUp);

  const titles = (record: CellRecord, cells: CellRecord[]) =>
    [
      ...render(
        <SourceListing
          session={makeSession(cells)}
          record={record}
          trans={PLAIN}
        />
      ).querySelectorAll<HTMLElement>('.jp-Torchprof-sourceNumber')
    ].map(({ title }) => title);

  it('should have the costs of its own run, or of the run that used it', () => {
    const record = user();
    expect(titles(record, [definition, record])).toEqual([
      '',
      '75% · +3 MiB',
      '25%'
    ]);
    expect(titles(definition, [definition, record])).toEqual([
      '',
      '70% of the time of [3] · +3 MiB'
    ]);
    expect(titles(definition, [definition])).toEqual(['', '']);
  });
});
