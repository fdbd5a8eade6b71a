/** What a notebook's cells show of their profile: heat beside lines, underlines, badges. */
import type { Locator } from '@playwright/test';

import { seriousViolations } from './axe';
import type { ICell, Lab } from './lab';
import { PATIENCE, expect, test } from './lab';
import { picture, picturesInThemes } from './pictures';

const CELLS: ICell[] = [
  {
    id: 'setup',
    source: `import time
import torch
torch.manual_seed(0)
model = torch.nn.Sequential(
    torch.nn.Linear(512, 1024), torch.nn.ReLU(), torch.nn.Linear(1024, 10)
).eval()
images = torch.randn(16384, 512)`
  },
  { id: 'slow', source: 'quick = 1\ntime.sleep(3.5)\nquick = 2' },
  { id: 'infer', source: 'outputs = []\noutputs.append(model(images))' },
  // Whether a backward follows is known when other cells have run.
  { id: 'score', source: 'scores = model(images).softmax(1)' },
  { id: 'look', source: 'images * 2' },
  { id: 'next', source: 'mean = images.mean().item()' }
];

const [SETUP, SLOW, INFER, SCORE, LOOK, NEXT] = [0, 1, 2, 3, 4, 5];

/** The heat in a cell. */
function heat(lab: Lab, index: number): Locator {
  return lab.cell(index).locator('.jp-Torchprof-heatMark');
}

/** Lines of the editor that heat stands beside, from zero, by where they are on the screen. */
async function heatLines(lab: Lab, index: number): Promise<number[]> {
  return lab.cell(index).evaluate(cell => {
    const middle = (element: Element) => {
      const { top, bottom } = element.getBoundingClientRect();
      return (top + bottom) / 2;
    };
    const lines = [...cell.querySelectorAll('.cm-line')].map(middle);
    return [...cell.querySelectorAll('.jp-Torchprof-heatMark')].map(mark =>
      lines.findIndex(line => Math.abs(line - middle(mark)) < 4)
    );
  });
}

async function heightOf(lab: Lab, index: number): Promise<number> {
  const box = await lab.cell(index).locator('.cm-editor').boundingBox();
  return box?.height ?? 0;
}

async function violations(lab: Lab): Promise<string[]> {
  return [
    ...(await seriousViolations(lab.page, '.jp-Torchprof-badge')),
    ...(await seriousViolations(lab.page, '.jp-Torchprof-card'))
  ];
}

/** Where the text of the first line begins. */
async function textStart(lab: Lab, index: number): Promise<number> {
  const line = lab.cell(index).locator('.cm-line').first();
  return (await line.boundingBox())?.x ?? 0;
}

test('heat stands beside the slow line and follows edits', async ({
  lab,
  page
}, info) => {
  test.setTimeout(600_000);
  await lab.write('editor.ipynb', CELLS);
  await lab.open('editor.ipynb');
  await lab.run(SETUP);
  const height = await heightOf(lab, SLOW);
  const start = await textStart(lab, SLOW);
  await lab.start(SLOW);

  await test.step('a badge says that the cell runs, and stays where it is', async () => {
    const badge = lab.badge(SLOW);
    await expect(badge).toContainText('running', { timeout: PATIENCE });
    await expect(badge).toHaveAttribute('title', /running, for \d s/);
    const running = await badge.boundingBox();
    await picture(page, info.outputPath('running.png'));
    await expect(badge).toContainText(/^3\.\d+ s/, { timeout: PATIENCE });
    expect((await badge.boundingBox())?.y).toBe(running?.y);
    expect((await badge.boundingBox())?.height).toBe(running?.height);
  });

  await test.step('the slow line has heat, and nothing has moved', async () => {
    await expect(heat(lab, SLOW)).toHaveCount(1);
    expect(await heatLines(lab, SLOW)).toEqual([1]);
    expect(await heightOf(lab, SLOW)).toBe(height);
    expect(await textStart(lab, SLOW)).toBe(start);
    const share = lab.cell(SLOW).locator('.jp-Torchprof-heatShare');
    await expect(share).toHaveText(/^(9\d|100)%$/);
    await expect(share).toBeInViewport({ ratio: 1 });
    expect(await lab.source(SLOW)).not.toContain('%');
    await lab.focus(SLOW);
    await page.keyboard.press('Control+a');
    expect(
      await page.evaluate(() => window.getSelection()?.toString())
    ).not.toContain('%');
    await page.keyboard.press('Control+Home');
    await lab.command('notebook:toggle-all-cell-line-numbers');
    await expect(
      lab.cell(SLOW).locator('.cm-lineNumbers .cm-gutterElement').first()
    ).toBeAttached();
    expect(await heatLines(lab, SLOW)).toEqual([1]);
    await lab.command('notebook:toggle-all-cell-line-numbers');
  });

  await test.step('its numbers show while the pointer rests on it', async () => {
    const numbers = page.getByRole('tooltip');
    const point = async () => {
      await heat(lab, SLOW).hover({ position: { x: 2, y: 5 } });
      await expect(numbers).toContainText(
        /(9\d|100)% of 3\.\d+ s \(\d+ samples\)/
      );
      await expect(numbers).toContainText(/between \d+% and (9\d|100)%/);
    };
    await picturesInThemes(lab, info.outputPath('heat'), point);
    await point();
    expect(await violations(lab)).toEqual([]);
    await lab.badge(SETUP).hover();
    await expect(numbers).toHaveCount(0);
  });

  await test.step('it is dimmed and moves with its line when the cell is edited', async () => {
    await lab.focus(SLOW);
    await page.keyboard.press('Control+Home');
    await page.keyboard.type('# first');
    await page.keyboard.press('Enter');
    await expect.poll(() => heatLines(lab, SLOW)).toEqual([2]);
    await expect(heat(lab, SLOW)).toHaveClass(/jp-mod-stale/);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('End');
    await page.keyboard.type('  # now slower');
    await expect(heat(lab, SLOW)).toHaveCount(0);
    await page.keyboard.press('Control+z');
    await expect(heat(lab, SLOW)).toHaveCount(1);
  });

  await test.step('and goes when it is turned off', async () => {
    await lab.command('torchprof:toggle-line-heat');
    await expect(heat(lab, SLOW)).toHaveCount(0);
    await expect(lab.cell(SLOW).locator('.jp-Torchprof-heatShare')).toHaveCount(
      0
    );
    await expect(lab.cell(SLOW).locator('.cm-gutters')).toHaveCount(0);
    await lab.command('torchprof:toggle-line-heat');
    await expect(heat(lab, SLOW)).toHaveCount(1);
  });
});

test('advice underlines its line, and its fix is applied from there', async ({
  lab,
  page
}, info) => {
  test.setTimeout(600_000);
  await lab.write('underlines.ipynb', CELLS);
  await lab.open('underlines.ipynb');
  await lab.run(SETUP);
  for (const index of [INFER, SCORE, LOOK, NEXT]) {
    await lab.run(index);
  }
  const underlined = lab.cell(INFER).locator('.jp-Torchprof-underline');
  const card = page.getByRole('dialog', { name: 'Advice on line 2' });

  await test.step('the pointer on it brings the advice', async () => {
    await expect(underlined).toHaveText('outputs.append(model(images))');
    await expect(underlined).toHaveAttribute('aria-description', /MiB/);
    const point = async () => {
      await underlined.hover();
      await expect(card).toContainText(/\d+ MiB → 0 B/);
    };
    await picturesInThemes(lab, info.outputPath('advice'), point);
    await point();
    expect(await violations(lab)).toEqual([]);
    // Not of the whole editor: JupyterLab gives it no name.
    expect(await seriousViolations(page, '.jp-Torchprof-underline')).toEqual(
      []
    );
    await lab.badge(SETUP).hover();
    await expect(card).toHaveCount(0);
  });

  await test.step('so does the keyboard, which can leave it again', async () => {
    await lab.focus(INFER);
    await lab.command('torchprof:show-advice-at-cursor');
    await expect(card.getByRole('button', { name: 'Preview' })).toBeFocused();
    await page.keyboard.press('Tab');
    await expect(card.getByRole('button', { name: 'Apply fix' })).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(card).toHaveCount(0);
    await expect(lab.cell(INFER).locator('.cm-content')).toBeFocused();
  });

  await test.step('it leads to the panel', async () => {
    await underlined.hover();
    await card.getByRole('button', { name: 'Open in panel' }).click();
    await expect(card).toHaveCount(0);
    await expect(lab.panel.getByRole('article').first()).toContainText(
      'line 2'
    );
  });

  await test.step('and can be turned off', async () => {
    await lab.command('torchprof:toggle-advice-underlines');
    await expect(underlined).toHaveCount(0);
    await lab.command('torchprof:toggle-advice-underlines');
    await expect(underlined).toHaveCount(1);
  });

  await test.step('the fix is applied, and the underline goes with its reason', async () => {
    await underlined.hover();
    await card.getByRole('button', { name: 'Apply fix' }).click();
    await expect.poll(() => lab.source(INFER)).toContain('no_grad');
    await expect(underlined).toHaveCount(0);
    await lab.run(INFER);
    await lab.run(NEXT);
    await expect(lab.badge(INFER)).not.toContainText('suggestion');
    await expect(lab.badge(INFER).locator('rect')).toHaveCount(2);
  });
});
