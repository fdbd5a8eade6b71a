/** The tutorial, as a newcomer meets it. */
import { readFileSync } from 'node:fs';

import type { Page } from '@playwright/test';

import { inRoot } from '../../../scripts/setup/paths.mjs';
import type { Lab } from '../lab';
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
  await lines(lab);

  await lab.start(place('train'));
  await page.waitForTimeout(2500);
  await shot(page, 'running');
  await expect(lab.badge(place('train'))).toBeVisible({ timeout: PATIENCE });

  await lab.run(place('evaluate'));
  await lab.badge(place('evaluate')).click();
  const article = lab.panel.getByRole('article').first();
  await expect(article).toBeVisible();
  await article.scrollIntoViewIfNeeded();
  await settle(page);
  await shot(page, 'advice');
  await lab.theme('Dark');
  await settle(page);
  await shot(page, 'advice-dark');
  await lab.theme('Light');

  await article.getByRole('button', { name: 'Apply', exact: true }).click();
  await lab.dismissNotifications();
  await lab.run(place('evaluate'));
  await expect(lab.panel).toContainText('measured');
  await settle(page);
  await shot(page, 'verified');

  await lab.command('torchprof:compare-runs');
  await expect(page.getByRole('tab', { name: /^Compare/ })).toBeVisible();
  await settle(page);
  await shot(page, 'compare');

  await lab.command('torchprof:export-report');
  let html = '';
  await expect(async () => {
    html = await lab.read('tutorial-torchprof.html');
  }).toPass({ timeout: PATIENCE });
  const report = await browser.newPage({
    viewport: { width: 1440, height: 900 }
  });
  await report.setContent(html);
  await expect(report.getByRole('heading', { level: 1 })).toBeVisible();
  await settle(report);
  await shot(report, 'report');
  await report.close();
});

/** Where a cell's time went, with the numbers of its slowest line. */
async function lines(lab: Lab): Promise<void> {
  const cell = lab.cell(place('draw'));
  const mark = cell.locator('.jp-Torchprof-heatMark').last();
  await mark.scrollIntoViewIfNeeded();
  await mark.hover();
  await settle(lab.page);
  const [around, at] = [await cell.boundingBox(), await mark.boundingBox()];
  expect(around && at).not.toBeNull();
  const clip = { x: around!.x, y: at!.y - 150, width: 720, height: 195 };
  await lab.page.screenshot({ path: pathOf('lines'), clip });
}

/** Charts are drawn a moment after their data. */
async function settle(page: Page): Promise<void> {
  await page.waitForTimeout(1000);
}

async function shot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: pathOf(name), animations: 'disabled' });
}

function pathOf(name: string): string {
  return inRoot(`docs/images/${name}.png`);
}
