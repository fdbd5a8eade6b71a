/** The panel as a tab of the main area, and in its sidebar again. */
import { seriousViolations } from './axe';
import { expect, test } from './lab';
import { picturesInThemes } from './pictures';

const PATH = 'main-area.ipynb';

const CELLS = [
  { id: 'a', source: '# Make some room\nroom = bytearray(64 << 20)' },
  { id: 'b', source: 'total = sum(range(1000))' }
];

test('the panel is a tab beside the notebook, also after a reload', async ({
  lab,
  page
}, info) => {
  await lab.write(PATH, CELLS);
  await lab.load(PATH);
  const tabs = page.locator('#jp-main-dock-panel .lm-DockPanel-tabBar');
  const tab = tabs.getByRole('tab', { name: 'PyTorch Profiler' });
  const docked = page.locator(
    '#jp-main-dock-panel #jupyterlab-torchprof-panel'
  );

  await test.step('it leaves the sidebar and shows what it showed', async () => {
    await lab.run(0);
    await lab.command('torchprof:main-area');
    await expect(docked).toBeVisible();
    await expect(tab).toBeVisible();
    await expect(lab.notebook).toBeVisible();
    await lab.run(1);
    await expect(lab.rows).toHaveCount(2);
    await lab.badge(0).click();
    await expect(
      docked.getByRole('region', { name: 'Cell [1]' })
    ).toBeVisible();
    await expect(docked).toContainText('Make some room');
    await picturesInThemes(lab, info.outputPath('tab'));
    expect(
      await seriousViolations(page, '#jupyterlab-torchprof-panel')
    ).toEqual([]);
  });

  await test.step('a row leaves it in front, and the arrow leads to the notebook', async () => {
    await page.evaluate(() => {
      const { shell } = (
        window as unknown as {
          jupyterapp: {
            shell: {
              add(widget: unknown, area: string, options: object): void;
              widgets(area: string): Iterable<{ id: string }>;
            };
          };
        }
      ).jupyterapp;
      const widgets = [...shell.widgets('main')];
      const panel = widgets.find(({ id }) => id.includes('torchprof-panel'));
      const other = widgets.find(widget => widget !== panel);
      shell.add(panel, 'main', { mode: 'tab-after', ref: other!.id });
    });
    await expect(lab.notebook).toBeHidden();
    await lab.rows.nth(1).click();
    await expect(docked).toBeVisible();
    await docked
      .getByRole('region', { name: /^Cell/ })
      .getByRole('button', { name: 'Show the cell in the notebook' })
      .first()
      .click();
    await expect(lab.notebook).toBeVisible();
  });

  await test.step('JupyterLab remembers where it was', async () => {
    await tab.click();
    await expect(docked).toBeVisible();
    // The layout is saved when it has rested.
    await page.waitForTimeout(2000);
    await lab.loadWithout(PATH);
    await expect(tab).toBeVisible();
    await expect(docked).toBeVisible();
  });

  await test.step('closed, it is in its sidebar', async () => {
    await tab.locator('.lm-TabBar-tabCloseIcon').click();
    await expect(tab).toHaveCount(0);
    await expect(lab.panel).toBeHidden();
    await lab.command('torchprof:open');
    await expect(
      page.locator('#jp-right-stack #jupyterlab-torchprof-panel')
    ).toBeVisible();
  });

  await test.step('and the command goes both ways', async () => {
    await lab.command('torchprof:main-area');
    await expect(docked).toBeVisible();
    await lab.command('torchprof:main-area');
    await expect(docked).toHaveCount(0);
    await expect(lab.panel).toBeVisible();
    // JupyterLab's toolbars find their width when they have rested, and complain if they are gone.
    await page.waitForTimeout(1500);
  });
});
