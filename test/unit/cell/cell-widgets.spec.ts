import type { NotebookPanel } from '@jupyterlab/notebook';

import { CellWidgets } from '../../../src/cell/cell-widgets';

describe('cell/cell-widgets', () => {
  let looks: number;
  const cell = (id: string) => ({
    get model() {
      looks += 1;
      return { id };
    }
  });

  it('should find cells wherever they were moved, and search only then', () => {
    looks = 0;
    const ids = Array.from({ length: 100 }, (_, index) => `c${index}`);
    const content = { widgets: ids.map(cell) };
    const widgets = new CellWidgets({ content } as unknown as NotebookPanel);
    const found = (...asked: string[]) =>
      widgets.of(asked).map(({ model }) => model.id);
    expect(found('c90', 'gone', 'c90')).toEqual(['c90']);
    looks = 0;
    expect(found('c90')).toEqual(['c90']);
    expect(looks).toBe(2);
    content.widgets.unshift(content.widgets.pop()!, content.widgets.pop()!);
    expect(found('c90', 'c98')).toEqual(['c90', 'c98']);
    content.widgets.length = 1;
    expect(found('c90')).toEqual([]);
    expect(widgets.of(null)).toBe(content.widgets);
  });
});
