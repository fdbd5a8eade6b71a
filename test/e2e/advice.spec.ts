/** Advice in a notebook: read, dismissed, brought back, followed by fixes and by an action. */
import type { Page } from '@playwright/test';

import { seriousViolations } from './axe';
import type { ICell } from './lab';
import { PATIENCE, expect, test } from './lab';
import { picture, picturesInThemes } from './pictures';

const SETUP = `import torch
torch.manual_seed(0)
model = torch.nn.Sequential(
    torch.nn.Linear(512, 1024), torch.nn.ReLU(), torch.nn.Linear(1024, 10)
).eval()
images = torch.randn(16384, 512)`;

const CELLS: ICell[] = [
  { id: 'setup', source: SETUP },
  { id: 'infer', source: 'outputs = []\noutputs.append(model(images))' },
  { id: 'score', source: 'scores = model(images).softmax(1)' },
  { id: 'look', source: 'images * 2' },
  { id: 'next', source: 'mean = images.mean().item()' }
];

const [INFER, SCORE, LOOK] = [1, 2, 3];

test('advice is dismissed for good, brought back, and followed', async ({
  lab,
  page
}, info) => {
  test.setTimeout(600_000);
  await lab.write('advice.ipynb', CELLS);
  await lab.open('advice.ipynb');
  for (const index of CELLS.keys()) {
    await lab.run(index);
  }
  for (const index of [INFER, SCORE, LOOK]) {
    await expect(lab.badge(index)).toContainText('1 suggestion', {
      timeout: PATIENCE
    });
  }
  const article = lab.panel.getByRole('article');

  await test.step('what it says can be seen and heard', async () => {
    await lab.badge(INFER).click();
    await expect(article).toContainText('line 2');
    await expect(article.getByText('Evidence')).toBeVisible();
    await lab.dismissNotifications();
    await picturesInThemes(lab, info.outputPath('advice'));
    expect(await violations(page)).toEqual([]);
    await article.getByRole('button', { name: 'Learn more' }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText('no-grad-inference');
    await expect(dialog).toContainText('with torch.no_grad():');
    await dialog.getByRole('button', { name: 'Close' }).click();
  });

  await test.step('a dismissed one stays dismissed, also after a reload', async () => {
    await lab.badge(SCORE).click();
    await expect(article).toContainText('line 1');
    await article.getByRole('button', { name: 'Dismiss' }).click();
    await expect(article).toHaveCount(0);
    await expect(lab.badge(SCORE)).not.toContainText('suggestion');
    await expect(
      lab.panel.getByRole('group', { name: 'Advice' })
    ).toBeFocused();
    await lab.command('docmanager:save');
    await expect
      .poll(async () => lab.read('advice.ipynb'))
      .toContain('"dismissed"');
    await lab.load('advice.ipynb');
    await expect(lab.badge(INFER)).toContainText('1 suggestion');
    await expect(lab.badge(SCORE)).not.toContainText('suggestion');
    await lab.badge(SCORE).click();
    await expect(lab.panel).toContainText('1 dismissed');
  });

  await test.step('and can be brought back', async () => {
    await lab.panel.getByRole('button', { name: 'Show', exact: true }).click();
    await lab.panel.getByRole('button', { name: 'Restore' }).click();
    await expect(article).toHaveCount(1);
    await expect(lab.badge(SCORE)).toContainText('1 suggestion');
  });

  await test.step('all safe fixes at once, listed first, and undone', async () => {
    const before = [await lab.source(INFER), await lab.source(SCORE)];
    await lab.panel
      .getByRole('button', { name: /^Apply all 2 safe fixes/ })
      .click();
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByRole('checkbox')).toHaveCount(2);
    await dialog.getByText('Show the change').first().click();
    await expect(dialog.getByLabel('Changed lines')).toContainText(
      'with torch.no_grad():'
    );
    await picture(page, info.outputPath('safe-fixes.png'));
    expect(await seriousViolations(page, '.jp-Dialog-content')).toEqual([]);
    await dialog.getByRole('button', { name: 'Apply' }).click();
    for (const index of [INFER, SCORE]) {
      await expect.poll(() => lab.source(index)).toContain('no_grad');
    }
    // Each of them is known in its card, though the cells have changed together.
    await lab.badge(INFER).click();
    await expect(article).toContainText('Applied: run to measure');
    await lab.badge(SCORE).click();
    await expect(article).toContainText('Applied: run to measure');
    const told = page.getByText(/^Applied 2 fixes in cells \[2\], \[3\]/);
    await expect(told).toBeVisible();
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    for (const [place, index] of [INFER, SCORE].entries()) {
      await expect.poll(() => lab.source(index)).toBe(before[place]);
    }
    await expect(article).not.toContainText('Applied');
    await lab.dismissNotifications();
  });

  await test.step('an action is described, done and measured', async () => {
    await lab.badge(LOOK).click();
    const release = article.getByRole('button', {
      name: /^Release Out\[\d+\]/
    });
    await expect(article).toContainText('Variables are not touched');
    await release.click();
    await expect(
      article
        .getByRole('status')
        .filter({ hasText: /Freed 3\d MiB of host memory/ })
    ).toBeVisible();
    await lab.dismissNotifications();
    await picturesInThemes(lab, info.outputPath('action'));
    expect(await violations(page)).toEqual([]);
  });
});

/** Of the panel. */
function violations(page: Page): Promise<string[]> {
  return seriousViolations(page, '#jupyterlab-torchprof-panel');
}
