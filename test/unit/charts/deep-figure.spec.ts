import { deepFigure, placeAbove } from '../../../src/charts/deep-figure';
import { readTheme } from '../../../src/charts/theme';
import type { DeepProfile } from '../../../src/record/_session';
import { PLAIN } from '../../../src/report/plain';
import { makeRecord, makeSession } from '../builders';

const deep: DeepProfile = {
  steps_asked: 5,
  window: { begin_s: 0, end_s: 1 },
  operators_s: 1,
  tree: [
    { parent: null, kind: 'line', place: 0, total_s: 0.75 },
    { parent: 0, kind: 'module', name: 'Net.head', total_s: 0.5 },
    {
      parent: 1,
      kind: 'operator',
      name: 'aten::mm',
      phase: 'backward',
      total_s: 0.25
    },
    { parent: null, kind: 'line', place: null, total_s: 0.25 },
    { parent: 9, kind: 'operator', name: 'lost', phase: 'other', total_s: 1 }
  ]
};

interface ITrace {
  ids: string[];
  parents: string[];
  values: number[];
  hovertext: string[];
  customdata: number[];
}

describe('charts/deep-figure', () => {
  function trace(profile: DeepProfile): ITrace {
    const record = makeRecord({
      source: 'a\ny = net(x)',
      source_hash: 'h',
      places: [{ parent: null, kind: 'cell', source_hash: 'h', line: 2 }]
    });
    const context = {
      session: makeSession([record]),
      record,
      stale: new Set<string>(),
      trans: PLAIN
    };
    const theme = readTheme(document.body);
    return deepFigure(profile, context, theme, 900)
      .data[0] as unknown as ITrace;
  }

  it('should stand lines, modules and operators below each other', () => {
    const { ids, parents, values, hovertext, customdata } = trace(deep);
    expect(ids).toEqual(['all', '0', '1', '2', '3']);
    expect(parents).toEqual(['', 'all', '0', '1', 'all']);
    expect(values).toEqual([1, 0.75, 0.5, 0.25, 0.25]);
    expect(customdata).toEqual([-1, 0, 1, 2, 3]);
    const told = hovertext.map(text => text.replace(/[\u2068\u2069]/g, ''));
    expect(told[1]).toBe('line 2: y = net(x)<br>750 ms (75%)');
    expect(told[3]).toBe('aten::mm, backward<br>250 ms (25%)');
    expect(told[4]).toContain('no line of yours');
  });

  it('should lead from every node to its line', () => {
    expect([0, 1, 2, 3, 4].map(index => placeAbove(deep, index))).toEqual([
      0,
      0,
      0,
      null,
      null
    ]);
  });

  it('should draw nothing of nothing', () => {
    expect(trace({ ...deep, tree: [], operators_s: 0 }).ids).toEqual(['all']);
  });
});
