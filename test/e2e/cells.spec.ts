/** The list of profiled cells and the detail beside it, by mouse and by keyboard. */
import { seriousViolations } from './axe';
import { PATIENCE, expect, test } from './lab';
import { picture, picturesInThemes } from './pictures';

const CELLS = 60;

test('many cells are searched, sorted and walked through', async ({
  lab,
  page
}, info) => {
  await lab.write(
    'many.ipynb',
    Array.from({ length: CELLS }, (_, i) => ({
      id: `cell-${i}`,
      source:
        i === 7
          ? 'import time\ntime.sleep(0.8)\nneedle = bytearray(40 << 20)'
          : `value_${i} = ${i}`
    }))
  );
  await lab.open('many.ipynb');
  await lab.command('notebook:run-all-cells');
  const list = lab.panel.getByRole('listbox');
  const place = (n: number) => list.locator(`[aria-posinset="${n}"]`);
  await expect(place(1)).toHaveAttribute('aria-setsize', `${CELLS}`, {
    timeout: PATIENCE
  });

  await test.step('only the rows in view are in the page', async () => {
    expect(await lab.rows.count()).toBeLessThan(CELLS / 2);
    await expect(place(1)).toContainText(`value_${CELLS - 1}`);
    await expect(place(CELLS)).toHaveCount(0);
  });

  await test.step('the keyboard reaches the others', async () => {
    await expect(async () => {
      // When all cells have run, JupyterLab takes the focus to the last of them.
      await list.evaluate(element => element.scrollTo(0, 0));
      await place(1).focus({ timeout: 2000 });
      await page.keyboard.press('End');
      await expect(place(CELLS)).toBeFocused({ timeout: 2000 });
    }).toPass();
    await expect(place(CELLS)).toBeInViewport();
    await page.keyboard.press('PageUp');
    await expect(place(CELLS)).not.toBeFocused();
    await expect(async () => {
      // Two digits: on a busy machine more may come too slowly to be one word, so a pause begins it
      // anew, and JupyterLab may have taken the focus late.
      await page.waitForTimeout(1000);
      await list.locator('[tabindex="0"]').focus({ timeout: 2000 });
      await page.keyboard.type('31');
      await expect(list.locator(':focus')).toContainText('value_30', {
        timeout: 2000
      });
    }).toPass();
    expect(
      await seriousViolations(page, '#jupyterlab-torchprof-panel')
    ).toEqual([]);
  });

  await test.step('the longest comes first', async () => {
    await lab.panel.getByLabel('Order of the cells').selectOption('time');
    await list.evaluate(element => element.scrollTo(0, 0));
    await expect(place(1)).toContainText('time.sleep(0.8)');
    // Python's own objects may come on top of the forty.
    await expect(place(1)).toContainText(/\+4\d(\.\d)? MiB/);
  });

  await test.step('search leads to a cell, and Escape back', async () => {
    const search = lab.panel.getByRole('searchbox', { name: 'Search cells' });
    await search.fill('[5]');
    await expect(lab.rows).toHaveCount(1);
    await search.fill('NEEDLE');
    await expect(lab.rows).toHaveCount(1);
    await search.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect(
      lab.panel.getByRole('region', { name: 'Cell [8]' })
    ).toBeInViewport();
    await picture(page, info.outputPath('search.png'));
    await search.press('Escape');
    await expect(search).toHaveValue('');
    await expect(place(1)).toHaveAttribute('aria-setsize', `${CELLS}`);
    await search.fill('nothing like it');
    await lab.panel.getByRole('button', { name: 'Clear search' }).click();
    await expect(place(1)).toBeVisible();
  });

  await test.step('in a wide panel the detail stands beside the list', async () => {
    const detail = lab.panel.getByRole('region', { name: 'Cell [8]' });
    const start = async (locator: typeof list) =>
      (await locator.boundingBox())?.x ?? 0;
    expect(Math.abs((await start(detail)) - (await start(list)))).toBeLessThan(
      5
    );
    await lab.widenPanel(820);
    await expect
      .poll(async () => (await start(detail)) - (await start(list)))
      .toBeGreaterThan(250);
    await picture(page, info.outputPath('wide.png'));
  });
});

test('a cell that is deleted says so, until that is undone', async ({
  lab
}, info) => {
  await lab.write('deleted.ipynb', [
    { id: 'a', source: '# Keep this\nkept = 1' },
    { id: 'b', source: 'outputs = []\noutputs.append(2)' }
  ]);
  await lab.open('deleted.ipynb');
  await lab.run(0);
  await lab.run(1);
  const row = lab.rows.filter({ hasText: 'outputs.append(2)' });
  await lab.badge(1).click();
  await lab.select(1);
  await lab.command('notebook:delete-cell');
  await expect(row).toContainText('deleted');
  await expect(lab.rows.filter({ hasText: 'Keep this' })).not.toContainText(
    /deleted|edited/
  );
  await row.click();
  await expect(lab.panel).toContainText('The cell was deleted since this run.');
  await lab.dismissNotifications();
  await picturesInThemes(lab, info.outputPath('deleted'));
  await lab.select(0);
  await lab.command('notebook:undo-cell-action');
  await expect(row).not.toContainText('deleted');
});

test('a narrow panel cuts no number in half, and shows the name of a run', async ({
  lab
}, info) => {
  await lab.write('narrow.ipynb', [
    { id: 'a', source: '# Make some room\nroom = bytearray(64 << 20)' },
    {
      id: 'b',
      source:
        '# Fail with much to say\nmore = bytearray(80 << 20)\nraise RuntimeError("no")'
    }
  ]);
  await lab.open('narrow.ipynb');
  await lab.run(0);
  await lab.run(0);
  await lab.run(1);
  await lab.rows.first().scrollIntoViewIfNeeded();
  for (const width of [200, 240, 280, 420]) {
    await lab.panel
      .getByRole('listbox')
      .evaluate((list, width) => (list.style.width = `${width}px`), width);
    // What a row says in its second line: in sight as a whole, or not at all.
    const facts = await lab.rows
      .locator('.jp-Torchprof-runFact')
      .evaluateAll(all =>
        all.map(fact => {
          const line = fact.parentElement!.getBoundingClientRect();
          const { top, right } = fact.getBoundingClientRect();
          const isShown = top < line.bottom - 2;
          return { isShown, isWhole: right <= line.right + 0.5 };
        })
      );
    expect(facts.length).toBeGreaterThan(3);
    expect(facts.some(({ isShown }) => isShown)).toBe(true);
    expect(facts.every(({ isShown, isWhole }) => !isShown || isWhole)).toBe(
      true
    );
  }
  await lab.badge(1).click();
  const detail = lab.panel.getByRole('region', { name: /^Cell \[/ });
  const name = detail.locator('.jp-Torchprof-headline');
  await expect(name).toHaveText('Fail with much to say');
  const under = async () => {
    const header = await detail
      .locator('.jp-Torchprof-sectionHeader')
      .boundingBox();
    return (await name.boundingBox())!.y - (header!.y + header!.height);
  };
  await expect.poll(under).toBeGreaterThanOrEqual(0);
  await picture(lab.page, info.outputPath('narrow.png'));
});
