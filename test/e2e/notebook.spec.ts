/** The profile stays with its cell, whatever is done to the notebook. */
import {
  badgeIn,
  badges,
  cellWith,
  expectEachAtHome,
  expectToLeadTo,
  openRow,
  profile
} from './belonging';
import type { ICell, Lab } from './lab';
import { expect, test } from './lab';

const CELLS: ICell[] = [
  { id: 'a', source: 'alpha = list(range(1000))' },
  { id: 'b', source: 'beta = sum(alpha)\nbetas = [beta] * 10' },
  { id: 'c', source: 'gamma = sorted(alpha)' }
];
const CODES = { 0: 'alpha =', 1: 'beta =', 2: 'gamma =' };

/** The first line of each cell, from above. */
async function order(lab: Lab): Promise<string[]> {
  const lines = lab.notebook.locator('.jp-InputArea-editor .cm-content');
  return (await lines.allTextContents()).map(text => text.split(' ')[0]);
}

test('cells can be moved by keyboard, menu and mouse', async ({
  lab,
  page
}) => {
  await lab.write('moved.ipynb', CELLS);
  await lab.open('moved.ipynb');
  const profiles = await profile(lab, CODES);

  await lab.select(0);
  await page.keyboard.press('Control+Shift+ArrowDown');
  await expect.poll(() => order(lab)).toEqual(['beta', 'alpha', 'gamma']);
  await expectEachAtHome(lab, profiles);

  await lab.select(2);
  await lab.command('notebook:move-cell-up');
  await expect.poll(() => order(lab)).toEqual(['beta', 'gamma', 'alpha']);
  await expectEachAtHome(lab, profiles);

  await lab.drag(2, 0);
  await expect.poll(() => order(lab)).toEqual(['alpha', 'beta', 'gamma']);
  await expectEachAtHome(lab, profiles);

  // What a moved cell does next is still its own.
  await lab.run(0);
  await expect(lab.rows.filter({ hasText: 'alpha =' })).toContainText('2 runs');
});

test('a copy is another cell, and a cell that was cut is the same', async ({
  lab,
  page
}) => {
  await lab.write('copied.ipynb', CELLS);
  await lab.open('copied.ipynb');
  const profiles = await profile(lab, CODES);

  await lab.select(0);
  await page.keyboard.press('c');
  await page.keyboard.press('v');
  await expect(lab.notebook.locator('.jp-Cell')).toHaveCount(4);
  await expect(badges(lab)).toHaveCount(3);
  await expect(lab.badge(0)).toBeVisible();
  await expect(lab.badge(1)).toHaveCount(0);

  await lab.run(1);
  await expect(badges(lab)).toHaveCount(4);
  await expect(lab.rows).toHaveCount(4);
  await expect(lab.rows.filter({ hasText: 'alpha =' })).toHaveCount(2);

  await lab.select(1);
  await page.keyboard.press('d');
  await page.keyboard.press('d');
  await expect(lab.notebook.locator('.jp-Cell')).toHaveCount(3);
  await expect(badges(lab)).toHaveCount(3);

  await lab.select(1);
  await lab.command('notebook:duplicate-below');
  await expect(lab.notebook.locator('.jp-Cell')).toHaveCount(4);
  await expect(badges(lab)).toHaveCount(3);
  await lab.command('notebook:delete-cell');
  await expect(lab.notebook.locator('.jp-Cell')).toHaveCount(3);
  for (const [code, words] of profiles) {
    await expect(badgeIn(cellWith(lab, code))).toHaveText(words);
  }
});

test('cells can be split, merged and deleted, and each taken back', async ({
  lab,
  page
}) => {
  await lab.write('split.ipynb', CELLS);
  await lab.open('split.ipynb');
  const profiles = await profile(lab, CODES);

  await test.step('a part of what ran is stale, the rest has no profile', async () => {
    await lab.focus(1);
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('End');
    await page.keyboard.press('Control+Shift+Minus');
    await expect(lab.notebook.locator('.jp-Cell')).toHaveCount(4);
    await expect(badges(lab)).toHaveCount(3);
    await expect(badgeIn(cellWith(lab, 'beta'))).toHaveCount(1);
    await expect(badgeIn(cellWith(lab, 'beta'))).toHaveAccessibleName(
      /edited since/
    );
  });
  await test.step('merged, it is a new cell, and its runs stay in the list', async () => {
    await lab.select(2);
    await lab.command('notebook:merge-cell-above');
    await expect(lab.notebook.locator('.jp-Cell')).toHaveCount(3);
    await expect(lab.badge(1)).toHaveCount(0);
    await expect(badges(lab)).toHaveCount(2);
    await expect(lab.rows).toHaveCount(3);
  });
  await test.step('undone, every profile is back', async () => {
    // JupyterLab takes back at once what was done within half a second.
    await expect(async () => {
      if ((await lab.source(1)) !== CELLS[1].source) {
        await lab.command('notebook:undo-cell-action');
      }
      expect(await lab.source(1)).toBe(CELLS[1].source);
    }).toPass();
    await expectEachAtHome(lab, profiles);
  });
  await test.step('a deleted cell takes its badge with it, its run stays in the list', async () => {
    await lab.select(1);
    await page.keyboard.press('d');
    await page.keyboard.press('d');
    await expect(lab.notebook.locator('.jp-Cell')).toHaveCount(2);
    await expect(badges(lab)).toHaveCount(2);
    await expect(lab.rows).toHaveCount(3);
    await expectToLeadTo(lab, 'gamma =');
    await lab.rows.filter({ hasText: 'beta =' }).click();
    await expect(
      page.getByText('The cell is no longer in this notebook.')
    ).toBeVisible();
    await lab.dismissNotifications();
  });
  await test.step('and is back with it', async () => {
    await lab.select(0);
    await page.keyboard.press('z');
    await expect(lab.notebook.locator('.jp-Cell')).toHaveCount(3);
    await expectEachAtHome(lab, profiles);
  });
});

test('collapsed cells keep their badge, and their profile', async ({ lab }) => {
  await lab.write('collapsed.ipynb', [
    { id: 'a', source: 'alpha = 1\nprint(alpha)' },
    { id: 'b', source: 'beta = 2\nprint(beta)' }
  ]);
  await lab.open('collapsed.ipynb');
  const profiles = await profile(lab, { 0: 'alpha =', 1: 'beta =' });
  await lab.select(0);

  await lab.command('notebook:hide-cell-outputs');
  await expect(lab.cell(0).locator('.jp-OutputPlaceholder')).toBeVisible();
  await expectEachAtHome(lab, profiles);
  await lab.select(0);
  await lab.command('notebook:show-cell-outputs');
  await expect(lab.cell(0).locator('.jp-OutputPlaceholder')).toHaveCount(0);

  await lab.command('notebook:hide-cell-code');
  await expect(lab.cell(0).locator('.jp-InputPlaceholder')).toBeVisible();
  await expect(lab.badge(0)).toBeVisible();
  await lab.badge(0).click();
  await expect(openRow(lab)).toContainText('alpha =');
  await lab.rows.filter({ hasText: 'alpha =' }).click();
  await expect(lab.cell(0)).toHaveClass(/jp-mod-active/);
  await lab.command('notebook:show-cell-code');
  await expect(lab.cell(0).locator('.jp-InputPlaceholder')).toHaveCount(0);
  await expectEachAtHome(lab, profiles);
});
