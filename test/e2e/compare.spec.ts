/** Runs of a cell and whole sessions, side by side: in the panel, in tabs, from files. */
import type { Locator, Page } from '@playwright/test';

import { seriousViolations } from './axe';
import type { ICell, Lab } from './lab';
import { PATIENCE, expect, test } from './lab';
import { picturesInThemes } from './pictures';

const CELLS: ICell[] = [
  {
    id: 'setup',
    source: `import time, torch
torch.manual_seed(0)
model = torch.nn.Sequential(
    torch.nn.Linear(512, 1024), torch.nn.ReLU(), torch.nn.Linear(1024, 10)
).eval()
images = torch.randn(16384, 512)`
  },
  {
    id: 'infer',
    source: `outputs = []
for part in images.split(8192):
    outputs.append(model(part))
time.sleep(1)`
  },
  { id: 'next', source: 'mean = images.mean().item()' }
];
const INFER = 1;

test('runs and sessions are compared', async ({ lab, page }, info) => {
  test.setTimeout(600_000);
  await lab.write('compare.ipynb', CELLS);
  await lab.open('compare.ipynb');
  for (const index of CELLS.keys()) {
    await lab.run(index);
  }
  await expect(lab.badge(INFER)).toContainText('1 suggestion', {
    timeout: PATIENCE
  });

  await test.step('a session is saved beside the notebook', async () => {
    await lab.command('torchprof:save-session');
    await expect(
      page.getByText('Session saved as compare-profile.json').first()
    ).toBeVisible();
    const saved = JSON.parse(await lab.read('compare-profile.json')) as {
      cells: { cell_id: string }[];
    };
    expect(saved.cells.map(({ cell_id }) => cell_id)).toEqual([
      'setup',
      'infer',
      'next'
    ]);
    await lab.dismissNotifications();
  });

  await test.step('the cell is changed as advised, and runs again', async () => {
    await lab.badge(INFER).click();
    await lab.panel
      .getByRole('article')
      .getByRole('button', { name: 'Apply', exact: true })
      .click();
    await expect.poll(() => lab.source(INFER)).toContain('no_grad');
    await lab.dismissNotifications();
    await lab.run(INFER);
    await expect(lab.badge(INFER)).not.toContainText('suggestion');
  });

  await test.step('the run before the change is compared in the panel', async () => {
    await lab.panel.getByRole('button', { name: 'Compare with…' }).click();
    await expect(lab.panel.getByLabel('Run to compare with')).toContainText(
      'other source'
    );
    const changed = lab.panel.getByRole('list', { name: 'What changed' });
    await expect(changed).toContainText(/graphs keep \d+ MiB less/);
    await expect(lab.panel.getByText('Solved:')).toBeVisible();
    await lab.dismissNotifications();
    await picturesInThemes(lab, info.outputPath('panel'));
    expect(
      await seriousViolations(page, '#jupyterlab-torchprof-panel')
    ).toEqual([]);
  });

  const shown = page.locator('.jp-Torchprof-comparePage:visible');

  await test.step('and side by side in a tab', async () => {
    await lab.panel.getByRole('button', { name: 'Side by side' }).click();
    await expect(tab(page, /^Compare · cell \[4\]$/)).toBeVisible();
    await expect(shown.getByLabel('Source before')).toContainText('sleep');
    await expect(shown.getByLabel('Source after')).toContainText('no_grad');
    await expect(
      shown.getByRole('row', { name: /^Kept by graphs/ })
    ).toContainText('better');
    await expect(shown).toContainText(/predicted −\d+ MiB, measured −\d+ MiB/);
    await lab.dismissNotifications();
    await picturesInThemes(lab, info.outputPath('runs'));
    expect(await seriousViolations(page, '.jp-Torchprof-compareTab')).toEqual(
      []
    );
    await close(page, /^Compare · cell/);
    await expect(shown).toHaveCount(0);
  });

  await test.step('the session is compared with the saved one, which is chosen', async () => {
    await lab.command('torchprof:compare-session');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('compare-profile.json').click();
    await dialog.getByRole('button', { name: 'Select' }).click();
    await expect(shown).toContainText('compare-profile.json');
    const infer = shown.getByRole('row', { name: /for part in images/ });
    await expect(infer).toContainText('changed');
    await expect(infer).toContainText('1 solved');
    await infer.getByRole('button').click();
    await expect(infer.getByRole('button')).toHaveAttribute(
      'aria-expanded',
      'true'
    );
    await expect(shown).toContainText(/predicted −\d+ MiB, measured −\d+ MiB/);
    await lab.dismissNotifications();
    await picturesInThemes(lab, info.outputPath('sessions'));
    expect(await seriousViolations(page, '.jp-Torchprof-compareTab')).toEqual(
      []
    );
  });

  await test.step('and followed while the notebook goes on', async () => {
    await expect(shown).not.toContainText('Only in This session');
    await tab(page, /^compare\.ipynb$/).click();
    await lab.focus(2);
    await lab.command('notebook:insert-cell-below');
    await expect(lab.notebook.locator('.jp-Cell')).toHaveCount(4);
    await rewrite(lab, page, 3, 'brand_new = 1');
    await lab.run(3);
    await tab(page, /^Compare · compare-profile/).click();
    await expect(shown).toContainText('Only in This session');
    await expect(shown).toContainText('brand_new = 1');
    await close(page, /^Compare · compare-profile/);
  });

  await test.step('a file that is no session is refused', async () => {
    await lab.command('torchprof:compare-session', { path: 'compare.ipynb' });
    await expect(
      page.getByText(/compare\.ipynb cannot be compared\. .*not a profile/)
    ).toBeVisible();
    await expect(shown).toHaveCount(0);
  });
});

/** The tab of this name in the main area. */
function tab(page: Page, name: RegExp): Locator {
  return page.locator('#jp-main-dock-panel .lm-TabBar-tab').filter({
    has: page.locator('.lm-TabBar-tabLabel', { hasText: name })
  });
}

async function close(page: Page, name: RegExp): Promise<void> {
  await tab(page, name).locator('.lm-TabBar-tabCloseIcon').click();
  await expect(tab(page, name)).toHaveCount(0);
}

/** Put other source into a cell, as a person who types. */
async function rewrite(
  lab: Lab,
  page: Page,
  index: number,
  source: string
): Promise<void> {
  await lab.focus(index);
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.insertText(source);
  await expect.poll(() => lab.source(index)).toBe(source);
}
