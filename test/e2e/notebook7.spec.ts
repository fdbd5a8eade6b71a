/** The same in Notebook 7, which has one notebook in a page and sidebars of its own. */
import { expectToLeadTo, badgeIn, cellWith, openRow } from './belonging';
import { expect, test } from './lab';
import { picture } from './pictures';
import { goWithout, loseKernel } from './reopened';

const PATH = 'classic.ipynb';

/** What Notebook itself says: it listens for settings, and asks for a command, that it has not. */
const FOREIGN =
  /^Cannot read properties of undefined \(reading 'schema'\)$|'filebrowser:open-path' not registered/;

test.use({ ownPage: 'Notebook is another application' });

test('panel, badges and outputs are there in Notebook 7', async ({
  lab,
  page,
  errors
}, info) => {
  test.setTimeout(120_000);
  await lab.write(PATH, [
    { id: 'a', source: 'alpha = 1' },
    { id: 'b', source: '%%torchprof\nbeta = sum(range(1000))' }
  ]);
  await lab.goto(`/notebooks/${PATH}`);
  await lab.ready();

  await test.step('the panel is opened and closed by menu and toolbar', async () => {
    await expect(lab.panel).toBeHidden();
    await page.getByRole('menuitem', { name: 'View', exact: true }).click();
    // Its main area has one page.
    await expect(
      page.getByRole('menuitem', { name: /in Main Area/ })
    ).toBeHidden();
    await page.getByRole('menuitem', { name: /^PyTorch Profiler/ }).click();
    await expect(lab.panel).toBeVisible();
    const panel = (await lab.panel.boundingBox())!;
    const cell = (await lab.cell(0).boundingBox())!;
    expect(panel.x).toBeGreaterThanOrEqual(cell.x + cell.width);
    await expect(lab.panel).toContainText('Ready');
    // The command is on the button itself in JupyterLab 4.0, and around it in later ones.
    const toggle = '[data-command="torchprof:toggle"]';
    const toolbar = page.locator('.jp-NotebookPanel-toolbar');
    const button = toolbar
      .locator(toggle)
      .getByRole('button')
      .or(toolbar.locator(`button${toggle}`));
    await button.click();
    await expect(lab.panel).toBeHidden();
    await button.click();
    await expect(lab.panel).toBeVisible();
  });

  await test.step('cells have their badges, rows and jumps', async () => {
    await lab.run(0);
    await lab.run(1);
    await expect(lab.rows).toHaveCount(2);
    await badgeIn(cellWith(lab, 'alpha =')).click();
    await expect(openRow(lab)).toContainText('alpha =');
    await expectToLeadTo(lab, 'beta =');
    await picture(page, info.outputPath('notebook7.png'));
  });

  await test.step('two runs are compared over the page', async () => {
    await lab.run(0);
    await badgeIn(cellWith(lab, 'alpha =')).click();
    await lab.command('torchprof:compare-runs');
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText('Numbers');
    await expect(dialog.getByRole('button', { name: 'Close' })).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
  });

  await test.step('an output is drawn again where there is no kernel', async () => {
    const output = lab.cell(1).locator('.jp-Torchprof-outputArea');
    await expect(output).toContainText('beta =');
    const words = await output.innerText();
    await loseKernel(lab, PATH);
    await lab.goto(`/notebooks/${PATH}`);
    await goWithout(lab);
    await expect(output).toContainText('beta =');
    expect(await output.innerText()).toBe(words);
  });

  const ours = errors.filter(error => !FOREIGN.test(error));
  errors.splice(0, errors.length, ...ours);
});
