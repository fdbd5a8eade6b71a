/** The story of one suggestion, on the example notebook with real PyTorch. */
import { readFileSync } from 'node:fs';

import type { Locator } from '@playwright/test';

import { inRoot } from '../../scripts/setup/paths.mjs';
import { seriousViolations } from './axe';
import type { Lab } from './lab';
import { PATIENCE, expect, test } from './lab';
import { openOffline } from './offline';
import { picture, picturesInThemes } from './pictures';

interface INotebook {
  cells: { id: string; cell_type: string }[];
}

/** The example, with less training: that is most of its time, and not what it shows. */
function readExample(): INotebook {
  let text = readFileSync(inRoot('examples/inference.ipynb'), 'utf8');
  for (const [long, short] of [
    ['steps=150', 'steps=50'],
    ['steps=75', 'steps=10']
  ]) {
    expect(text).toContain(long);
    if (!process.env.TORCHPROF_TEST_AT_LENGTH) {
      text = text.replace(long, short);
    }
  }
  return JSON.parse(text) as INotebook;
}

const example = readExample();

/** Place of a cell in the example. */
function place(id: string): number {
  const index = example.cells.findIndex(cell => cell.id === id);
  expect(index).toBeGreaterThan(-1);
  return index;
}

/**
 * Advice on the open cell. On a slow machine inference takes long enough to be told that batch
 * norms could be folded, and rightly so.
 */
function advice(lab: Lab): Locator {
  return lab.panel
    .getByRole('article')
    .filter({ hasNotText: 'could be folded' });
}

/** Run the example from its first cell up to and with this one. */
async function runUpTo(lab: Lab, last: string): Promise<void> {
  const end = place(last);
  for (const [index, cell] of example.cells.entries()) {
    if (cell.cell_type === 'code' && index <= end) {
      await lab.run(index);
    }
  }
}

test('a forgotten graph, one click, and the saving by measurement', async ({
  lab,
  page,
  browser
}, info) => {
  test.setTimeout(600_000);
  await lab.save('inference.ipynb', example);
  await lab.open('inference.ipynb');
  const inference = place('inference');

  await test.step('the timeline moves while a cell runs', async () => {
    await runUpTo(lab, 'model');
    await lab.start(place('pretraining'));
    const timeline = lab.panel.getByRole('region', { name: 'Timeline' });
    await expect(timeline.getByText('running')).toBeVisible({
      timeout: PATIENCE
    });
    const caption = timeline.locator('p', { hasText: /line \d+/ });
    const early = (await caption.textContent()) ?? '';
    await expect(caption).not.toHaveText(early);
    await expect(
      timeline.getByRole('img', { name: /while the cell runs/ })
    ).toBeVisible();
    await expect(lab.badge(place('pretraining'))).toBeVisible({
      timeout: PATIENCE
    });
    await expect(timeline.getByText('session')).toBeVisible({
      timeout: PATIENCE
    });
  });

  await test.step('placement, loads and moves of the loaded model', async () => {
    await lab.run(place('save'));
    await lab.run(place('load'));
    await lab.badge(place('load')).click();
    await expect(
      lab.panel.getByRole('region', { name: /^Placement/ })
    ).toContainText('ShapeNet');
    await expect(
      lab.panel.getByRole('region', { name: /^Loads/ })
    ).toContainText('shapes.pt');
    await expect(
      lab.panel.getByRole('region', { name: /^Moves/ })
    ).toContainText('ShapeNet');
  });

  await test.step('advice on the cell that infers, and on no other', async () => {
    await lab.run(place('test-images'));
    await lab.run(inference);
    await expect(lab.badge(inference)).toContainText('1 suggestion');
    await lab.badge(inference).click();
    await expect(lab.panel.getByRole('article')).toHaveCount(1);
    await expect(lab.panel.getByRole('article')).toContainText('outputs');
    await lab.widenPanel(460);
    await lab.dismissNotifications();
    await picturesInThemes(lab, info.outputPath('advice'));
  });

  const before = await lab.source(inference);
  await test.step('Preview shows the change and changes nothing', async () => {
    await lab.panel.getByRole('button', { name: 'Preview' }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText('with torch.no_grad():');
    await picture(page, info.outputPath('preview.png'));
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    expect(await lab.source(inference)).toBe(before);
  });

  await test.step('Apply is one undo step, and can be redone', async () => {
    await lab.panel.getByRole('button', { name: 'Apply', exact: true }).click();
    await expect
      .poll(() => lab.source(inference))
      .toContain('with torch.no_grad():');
    const after = await lab.source(inference);
    await expect(lab.badge(inference)).toHaveAccessibleName(/edited since/);
    await expect(lab.badge(inference)).toContainText('fix applied');
    const card = advice(lab).filter({ hasText: 'Applied: run to measure' });
    await expect(card).toHaveCount(1);
    await expect(
      card.getByRole('button', { name: 'Run', exact: true })
    ).toBeFocused();
    await lab.dismissNotifications();
    await picturesInThemes(lab, info.outputPath('applied'));

    await lab.focus(inference);
    await page.keyboard.press('Control+Z');
    await expect.poll(() => lab.source(inference)).toBe(before);
    await expect(lab.badge(inference)).not.toHaveAccessibleName(/edited since/);
    await expect(lab.badge(inference)).toContainText('1 suggestion');
    await expect(card).toHaveCount(0);
    await expect(
      advice(lab).getByRole('button', { name: 'Apply', exact: true })
    ).toBeVisible();
    await page.keyboard.press('Control+Shift+Z');
    await expect.poll(() => lab.source(inference)).toBe(after);
  });

  await test.step('run again: predicted beside measured', async () => {
    const run = advice(lab).getByRole('button', { name: 'Run', exact: true });
    await run.click();
    await expect(run).toHaveCount(0, { timeout: PATIENCE });
    await expect(lab.badge(inference)).toContainText(/✓ −\d+ MiB/);
    // The button is gone, and the keyboard is still in the panel.
    expect(
      await lab.panel.evaluate(panel => panel.contains(document.activeElement))
    ).toBe(true);
    const verdict = lab.panel.getByRole('list', { name: 'Verification' });
    await expect(verdict).toContainText('The fix was measured.');
    await expect(verdict).toContainText(
      /predicted −(\d+) MiB, measured −\1 MiB/
    );
    await expect(advice(lab)).toHaveCount(0);
    await lab.dismissNotifications();
    await picturesInThemes(lab, info.outputPath('verified'));
  });

  await test.step('good practice gets no advice', async () => {
    await lab.run(place('accuracy'));
    await lab.run(place('finetuning'));
    await lab.run(place('evaluation'));
    for (const id of ['accuracy', 'finetuning', 'evaluation']) {
      await lab.badge(place(id)).click();
      await expect(lab.panel.locator('.jp-Torchprof-headline')).toBeVisible();
      await expect(advice(lab)).toHaveCount(0);
    }
  });

  await test.step('the panel is accessible', async () => {
    expect(
      await seriousViolations(page, '#jupyterlab-torchprof-panel')
    ).toEqual([]);
  });

  await test.step('the report opens offline', async () => {
    await lab.panel
      .getByRole('button', { name: /^Export HTML report/ })
      .click();
    await expect(
      page.getByText('Report saved as inference-torchprof.html')
    ).toBeVisible();
    const html = await lab.read('inference-torchprof.html');
    const path = info.outputPath('report.html');
    const report = await openOffline(browser, html, path);
    await expect(
      report.page.getByText('The fix was measured.').first()
    ).toBeVisible();
    await expect(report.page.locator('body')).toContainText('ShapeNet');
    await report.scrollThrough();
    await picture(report.page, info.outputPath('report-light.png'), {
      fullPage: true
    });
    expect(await seriousViolations(report.page, 'body')).toEqual([]);
    await report.page.emulateMedia({ colorScheme: 'dark' });
    await report.page.reload();
    await report.scrollThrough();
    await picture(report.page, info.outputPath('report-dark.png'), {
      fullPage: true
    });
    expect(await seriousViolations(report.page, 'body')).toEqual([]);
    expect(report.requests).toEqual([]);
    expect(report.errors).toEqual([]);
    await report.close();
  });
});
