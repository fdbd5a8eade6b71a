import { planFix } from '../../../src/fixes/apply';
import { showPreview } from '../../../src/fixes/preview';
import { makeAdvice, makeRecord } from '../builders';
import { english } from '../english';
import { FakeNotebook } from '../model/fake-notebook';

describe('fixes/preview', () => {
  const edit = (cell_id: string) => ({
    cell_id,
    source_hash: cell_id,
    start: { line: 0, column: 0 },
    end: { line: 0, column: 0 },
    new_text: `new_${cell_id} = 1\n`
  });

  /** The dialog for a fix of cell `a` that edits these cells, and the answer to come. */
  async function open(...cells: string[]) {
    const notebook = new FakeNotebook({ a: 'x = 1', b: 'y = 2' });
    const runs = ['a', 'b'].map(id =>
      makeRecord({
        cell_id: id,
        source: notebook.model(id).getSource(),
        source_hash: id
      })
    );
    const fix = { title: 'Fix it', edits: cells.map(edit) };
    const plan = planFix(notebook, fix, runs, english);
    if (!plan.possible) {
      throw new Error(plan.message);
    }
    const answer = showPreview({
      advice: makeAdvice({ cell_id: 'a', fix }),
      edits: plan.edits,
      titleOf: id => `Cell of ${id}`,
      languages: null,
      trans: english
    });
    const dialog = () =>
      document.querySelector<HTMLElement>('.jp-Torchprof-preview');
    for (let i = 0; i < 100 && !dialog(); i++) {
      await new Promise(resolve => setTimeout(resolve, 10));
    }
    return { dialog: dialog()!, answer };
  }

  const press = (dialog: HTMLElement, button: string) =>
    dialog.querySelector<HTMLElement>(`.${button}`)!.click();

  it('should show the diff of each cell under its name', async () => {
    const { dialog, answer } = await open('a', 'b');
    const names = [...dialog.querySelectorAll('h3')].map(h => h.textContent);
    expect(names).toEqual(['Cell of a', 'Cell of b']);
    const diffs = [...dialog.querySelectorAll('.cm-content')];
    expect(diffs.map(diff => diff.textContent)).toEqual([
      expect.stringContaining('new_a = 1'),
      expect.stringContaining('new_b = 1')
    ]);
    expect(diffs[1].getAttribute('aria-label')).toContain('Cell of b');
    press(dialog, 'jp-mod-accept');
    expect(await answer).toBe(true);
  });

  it('should name a single cell only if it is another one', async () => {
    for (const [cell, names] of [
      ['a', []],
      ['b', ['Cell of b']]
    ] as const) {
      const { dialog, answer } = await open(cell);
      expect(
        [...dialog.querySelectorAll('h3')].map(h => h.textContent)
      ).toEqual(names);
      press(dialog, 'jp-mod-reject');
      expect(await answer).toBe(false);
    }
  });
});
