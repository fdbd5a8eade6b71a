/** The tutorial, as a newcomer meets it. */
import { readFileSync } from 'node:fs';

import type { Locator, Page } from '@playwright/test';

import { inRoot } from '../../../scripts/setup/paths.mjs';
import { PATIENCE, expect, test } from '../lab';

interface INotebook {
  cells: { id: string; cell_type: string }[];
}

const tutorial = JSON.parse(
  readFileSync(inRoot('examples/tutorial.ipynb'), 'utf8')
) as INotebook;

const place = (id: string) => tutorial.cells.findIndex(cell => cell.id === id);

test('the tutorial', async ({ lab, page, browser }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await lab.save('tutorial.ipynb', tutorial);
  await lab.open('tutorial.ipynb');
  await lab.widenPanel(440);
  await lab.dismissNotifications();
  for (const id of ['setup', 'draw', 'model']) {
    await lab.run(place(id));
  }

  await lab.start(place('train'));
  await page.waitForTimeout(2500);
  await both(page, lab.theme.bind(lab), 'running');
  await expect(lab.badge(place('train'))).toBeVisible({ timeout: PATIENCE });

  await lab.run(place('evaluate'));
  await lab.badge(place('evaluate')).click();
  const article = lab.panel.getByRole('article').first();
  await expect(article).toBeVisible();
  await article.scrollIntoViewIfNeeded();
  await both(page, lab.theme.bind(lab), 'advice');

  await article.getByRole('button', { name: 'Preview' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('with torch.no_grad():');
  await shot(page, 'preview', dialog.locator('.jp-Dialog-content'));
  await dialog.getByRole('button', { name: 'Apply' }).click();
  await lab.dismissNotifications();
  await lab.run(place('evaluate'));
  await expect(lab.panel).toContainText('measured');
  await both(page, lab.theme.bind(lab), 'verified');

  await lab.command('torchprof:export-report');
  await expect
    .poll(async () => lab.read('tutorial-torchprof.html'), { timeout: PATIENCE })
    .toContain('</html>');
  const report = await browser.newPage({
    viewport: { width: 1440, height: 900 }
  });
  await report.setContent(await lab.read('tutorial-torchprof.html'));
  await expect(report.getByRole('heading', { level: 1 })).toBeVisible();
  await settle(report);
  await shot(report, 'report');
  await report.close();
});

/** In both themes, for pages that follow the reader's. */
async function both(
  page: Page,
  theme: (kind: 'Light' | 'Dark') => Promise<void>,
  name: string
): Promise<void> {
  await settle(page);
  await shot(page, name);
  await theme('Dark');
  await settle(page);
  await shot(page, `${name}-dark`);
  await theme('Light');
}

/** Charts are drawn a moment after their data. */
async function settle(page: Page): Promise<void> {
  await page.waitForTimeout(1000);
}

async function shot(page: Page, name: string, part?: Locator): Promise<void> {
  const path = inRoot(`docs/images/${name}.png`);
  await (part ?? page).screenshot({ path, animations: 'disabled' });
}
