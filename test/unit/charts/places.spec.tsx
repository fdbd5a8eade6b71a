import * as React from 'react';
import { act } from 'react';

import { PlacesIcicle } from '../../../src/charts/places';
import { levelsOf, placesFigure } from '../../../src/charts/places-figure';
import type { IChartTheme } from '../../../src/charts/theme';
import { placeTree } from '../../../src/record/places';
import type { CellRecord, Place } from '../../../src/record/_session';
import { PLAIN } from '../../../src/report/plain';
import type { IViewActions } from '../../../src/views/state';
import { makeRecord, makeSession } from '../builders';
import { cleanUp, get, render } from '../views/render';

const OWN = '1'.repeat(64);

const PLACES: Place[] = [
  { parent: null, kind: 'cell', source_hash: OWN, line: 2, samples: 5 },
  {
    parent: 0,
    kind: 'cell',
    source_hash: OWN,
    function: 'augment',
    line: 1,
    samples: 25
  },
  {
    parent: 1,
    kind: 'library',
    package: 'torch',
    function: '<b>cos</b>',
    samples: 20
  },
  // Chance.
  { parent: 1, kind: 'file', path: 'a.py', line: 1, samples: 2 }
];

const THEME: IChartTheme = {
  background: [255, 255, 255],
  text: [0, 0, 0],
  muted: [100, 100, 100],
  grid: [200, 200, 200],
  brand: [0, 0, 200],
  time: [0, 0, 255],
  error: [255, 0, 0],
  series: [[0, 100, 0]],
  font: 'sans-serif'
};

const record = (changes: Partial<CellRecord> = {}) =>
  makeRecord({
    cell_id: 'use',
    execution_count: 3,
    source: 'def augment(x): slow(x)\naugment(x)',
    source_hash: OWN,
    places: PLACES,
    stack_samples: 80,
    duration_s: 8,
    ...changes
  });

const context = (run: CellRecord) => ({
  session: makeSession([run]),
  record: run,
  stale: new Set<string>(),
  trans: PLAIN
});

interface IIcicle {
  labels: string[];
  parents: string[];
  values: number[];
  hovertext: string[];
  marker: { colors: string[] };
}

describe('the icicle of places', () => {
  afterEach(cleanUp);

  const figureOf = (run: CellRecord, width: number) =>
    placesFigure(placeTree(run), context(run), THEME, width)
      .data[0] as unknown as IIcicle;

  it('should show the run and its places, widths being looks', () => {
    const { labels, parents, values, marker } = figureOf(record(), 800);
    expect(labels.map(label => label.replace(/[\u2068\u2069]/g, ''))).toEqual([
      '[3] · 8 s',
      'augment(x)',
      'augment',
      'torch · &lt;b&gt;cos&lt;/b&gt;'
    ]);
    expect(parents).toEqual(['', 'run', '0', '1']);
    expect(values).toEqual([80, 52, 47, 20]);
    // Own code is coloured, a library is grey.
    const [, first, second, library] = marker.colors;
    expect([first, second]).toEqual(['rgb(148,148,255)', 'rgb(148,148,255)']);
    expect(library).toMatch(/^rgb\((\d+),\1,\1\)$/);
  });

  it('should leave out names for which there is no room', () => {
    expect(figureOf(record(), 120).labels[3]).toBe('');
  });

  it('should say times and shares on pointing', () => {
    expect(
      figureOf(record(), 800).hovertext[2].replace(/[\u2068\u2069]/g, '')
    ).toBe('augment<br>line 1<br>about 4.7 s (59%)<br>47 of 80 samples');
  });

  it('should count levels that are more than chance', () => {
    expect(levelsOf(placeTree(record()))).toBe(3);
    expect(levelsOf(placeTree(record({ places: PLACES.slice(3) })))).toBe(0);
  });

  describe('on the page', () => {
    beforeAll(() => {
      Object.defineProperty(HTMLElement.prototype, 'clientWidth', {
        configurable: true,
        get: () => 800
      });
      Object.assign(SVGElement.prototype, {
        getBBox: () => ({ x: 0, y: 0, width: 10, height: 10 }),
        getComputedTextLength: () => 10
      });
      Reflect.deleteProperty(globalThis, 'IntersectionObserver');
      window.URL.createObjectURL ??= () => '';
    });

    const draw = (run: CellRecord, actions: IViewActions = {}) =>
      render(
        <PlacesIcicle
          tree={placeTree(run)}
          context={context(run)}
          actions={actions}
        />
      );

    async function drawn(element: HTMLElement): Promise<SVGElement[]> {
      const slices = () => [
        ...element.querySelectorAll<SVGElement>('.iciclelayer .slice')
      ];
      for (let i = 0; i < 200 && slices().length === 0; i++) {
        await act(() => new Promise(resolve => setTimeout(resolve, 25)));
      }
      return slices();
    }

    it('should be drawn by plotly.js, for the eye only, and lead to lines', async () => {
      const gone: number[] = [];
      const element = draw(record(), {
        goToLine: (_, line) => gone.push(line)
      });
      const slices = await drawn(element);
      expect(slices).toHaveLength(4);
      expect(
        get(element, '.jp-Torchprof-placesIcicle').getAttribute('aria-hidden')
      ).toBe('true');
      expect(element.querySelector('a, b')).toBeNull();
      // A library leads to the line that called it, the run nowhere.
      for (const slice of slices) {
        act(() => {
          slice.dispatchEvent(new MouseEvent('click', { bubbles: true }));
        });
      }
      expect(gone).toEqual([2, 1, 1]);
      // It still shows everything.
      expect(await drawn(element)).toHaveLength(4);
    });

    it('should not be there for one level, or for few samples', () => {
      expect(draw(record({ places: PLACES.slice(0, 1) })).innerHTML).toBe('');
      const few = PLACES.map(place => ({ ...place, samples: 4 }));
      expect(draw(record({ places: few, stack_samples: 19 })).innerHTML).toBe(
        ''
      );
    });
  });
});
