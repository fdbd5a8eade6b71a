/** The panel for those who use a keyboard, a screen reader, or colours of their own choice. */
import type { Page } from '@playwright/test';

import { violations } from './axe';
import type { ICell, Lab } from './lab';
import { PATIENCE, expect, test } from './lab';

const PANEL = '#jupyterlab-torchprof-panel';

const SETUP = `import time
import torch
torch.manual_seed(0)
model = torch.nn.Sequential(
    torch.nn.Linear(512, 1024), torch.nn.ReLU(), torch.nn.Linear(1024, 10)
).eval()
images = torch.randn(16384, 512)`;

const CELLS: ICell[] = [
  { id: 'setup', source: SETUP },
  { id: 'infer', source: 'outputs = []\noutputs.append(model(images))' },
  { id: 'score', source: 'scores = model(images).softmax(1)' },
  { id: 'wait', source: 'time.sleep(8)' },
  ...Array.from({ length: 26 }, (_, index) => ({
    id: `more${index}`,
    source: `mean${index} = images.mean().item()`
  }))
];

const [INFER, WAIT] = [1, 3];

test('the panel can be seen, heard and reached by the keyboard', async ({
  lab,
  page
}) => {
  test.setTimeout(600_000);
  await lab.write('access.ipynb', CELLS);
  await lab.open('access.ipynb');

  await test.step('before the first run', async () => {
    await expect(lab.panel).toContainText('Ready', { timeout: PATIENCE });
    await expectAccessible(lab);
  });

  await test.step('while a cell runs', async () => {
    await lab.run(0);
    await lab.start(WAIT);
    await expect(
      lab.panel.getByRole('region', { name: 'Timeline' })
    ).toContainText('running');
    await expectAccessible(lab, ['Light']);
    await expect(lab.badge(WAIT)).toBeVisible({ timeout: PATIENCE });
  });

  await test.step('with thirty runs', async () => {
    await lab.command('notebook:run-all-cells');
    await expect(lab.badge(CELLS.length - 1)).toBeAttached({
      timeout: PATIENCE
    });
    await expectAccessible(lab);
  });

  await test.step('with a run and its advice open', async () => {
    await lab.page.evaluate(() => window.scrollTo(0, 0));
    await lab.focus(INFER);
    await lab.badge(INFER).click();
    await expect(lab.panel.getByRole('article').first()).toBeVisible();
    await expectAccessible(lab, ['Dark', 'Light']);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    expect(await moving(page)).toEqual([]);
    await page.emulateMedia({ reducedMotion: null });
  });

  await test.step('Tab goes through it from top to bottom, and out again', async () => {
    const stops = await tabThrough(page);
    expect(stops.length).toBeGreaterThan(8);
    expect(stops.filter(({ name }) => name === '')).toEqual([]);
    expect(stops.filter(({ visible }) => !visible)).toEqual([]);
    const order = stops.map(({ place }) => place);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(new Set(order).size).toBe(order.length);
  });

  await test.step('Enter on the line under a cell leads into its detail, Escape back', async () => {
    await lab.badge(INFER).focus();
    await page.keyboard.press('Enter');
    const entry = lab.panel.locator('.jp-Torchprof-detailEntry');
    await expect(entry).toBeFocused();
    await page.keyboard.press('Tab');
    expect(
      await entry.evaluate(node => node.contains(document.activeElement))
    ).toBe(true);
    await page.keyboard.press('Escape');
    await expect(entry).toHaveCount(0);
    expect(
      await lab
        .cell(INFER)
        .evaluate(node => node.contains(document.activeElement))
    ).toBe(true);
    await lab.badge(INFER).click();
  });

  await test.step('a dialog takes the focus and gives it back on Escape', async () => {
    const preview = lab.panel.getByRole('button', { name: /^Preview/ }).first();
    await preview.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await expect(dialog).toBeVisible();
    expect(
      await dialog.evaluate(node => node.contains(document.activeElement))
    ).toBe(true);
    expect(await violations(page, '.jp-Dialog-content')).toEqual([]);
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
    await expect(preview).toBeFocused();
  });
});

test('commands have labels, and keys that nothing else has', async ({
  lab,
  page
}) => {
  await lab.write('keys.ipynb', [{ id: 'a', source: '1' }]);
  await lab.open('keys.ipynb');
  const { nameless, undescribed, clashes, bound } = await page.evaluate(
    async () => {
      const { commands } = (window as unknown as ICommandWindow).jupyterapp;
      const isOwn = (id: string) => id.startsWith('torchprof:');
      const own = commands.listCommands().filter(isOwn);
      const described = await Promise.all(
        own.map(async id => (await commands.describedBy(id)).args)
      );
      const bindings = commands.keyBindings;
      const ours = bindings.filter(({ command }) => isOwn(command));
      return {
        nameless: own.filter(id => commands.label(id) === ''),
        undescribed: own.filter((_, index) => !described[index]),
        clashes: bindings.filter(
          other =>
            !isOwn(other.command) &&
            ours.some(({ keys }) => keys.join() === other.keys.join())
        ),
        bound: ours.length
      };
    }
  );
  expect(nameless).toEqual([]);
  expect(undescribed).toEqual([]);
  expect(clashes).toEqual([]);
  expect(bound).toBeGreaterThan(3);
  await page.keyboard.press('Alt+Shift+P');
  await expect(lab.panel).toBeHidden();
  await page.keyboard.press('Alt+Shift+P');
  await expect(lab.panel).toBeVisible();
});

interface ICommandWindow {
  jupyterapp: {
    commands: {
      readonly keyBindings: { command: string; keys: readonly string[] }[];
      listCommands(): string[];
      label(id: string): string;
      describedBy(id: string): Promise<{ args: unknown }>;
    };
  };
}

/** No violation of any weight, in these themes: first the one that is on, for a change takes long. */
async function expectAccessible(
  lab: Lab,
  themes: readonly ('Light' | 'Dark')[] = ['Light', 'Dark']
): Promise<void> {
  for (const theme of themes) {
    await lab.theme(theme);
    await lab.page.waitForTimeout(400); // charts are drawn again in the theme's colours
    expect(await violations(lab.page, PANEL)).toEqual([]);
  }
}

/** Elements of the panel that move by themselves. */
function moving(page: Page): Promise<string[]> {
  return page.evaluate(
    panel =>
      [...document.querySelectorAll(`${panel} *`)]
        .filter(element => {
          const style = getComputedStyle(element);
          return (
            style.animationName !== 'none' ||
            (element.className.toString().includes('jp-Torchprof') &&
              style.transitionDuration !== '0s')
          );
        })
        .map(element => element.outerHTML.slice(0, 120)),
    PANEL
  );
}

interface IStop {
  /** The place in the document, among all elements of the panel. */
  place: number;
  name: string;
  visible: boolean;
}

/** Where Tab stops, from the panel's start until it leaves the panel. */
async function tabThrough(page: Page): Promise<IStop[]> {
  await page.evaluate(panel => {
    const start = document.querySelector<HTMLElement>(panel)!;
    start.tabIndex = -1;
    start.focus();
  }, PANEL);
  const stops: IStop[] = [];
  while (stops.length < 500) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(panel => {
      const active = document.activeElement as HTMLElement | null;
      const place = [...document.querySelectorAll(`${panel} *`)].indexOf(
        active as Element
      );
      if (!active || place < 0) {
        return null;
      }
      const { width, height } = active.getBoundingClientRect();
      const labels = (active as HTMLInputElement).labels ?? [];
      const name =
        active.getAttribute('aria-label') ??
        ([...labels].map(label => label.textContent).join(' ') ||
          active.textContent ||
          active.title);
      return { place, name: name.trim(), visible: width > 0 && height > 0 };
    }, PANEL);
    if (!stop) {
      return stops;
    }
    stops.push(stop);
  }
  return stops;
}
