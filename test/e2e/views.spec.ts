/** One notebook in several views, and under another name. */
import {
  badgeIn,
  badges,
  cellWith,
  expectEachAtHome,
  openRow,
  profile
} from './belonging';
import type { Lab } from './lab';
import { expect, test } from './lab';

const CELLS = [
  { id: 'a', source: 'alpha = 1' },
  { id: 'b', source: 'beta = 2' }
];
const CODES = { 0: 'alpha =', 1: 'beta =' };

/** Comms that the kernel of the notebook in front has open to the profiler. */
async function links(lab: Lab): Promise<number> {
  return lab.page.evaluate(async () => {
    const { jupyterapp } = window as unknown as {
      jupyterapp: {
        shell: {
          currentWidget: {
            context: {
              sessionContext: {
                session: {
                  kernel: {
                    requestCommInfo(content: {
                      target_name: string;
                    }): Promise<{ content: { comms: object } }>;
                  };
                };
              };
            };
          };
        };
      };
    };
    const { kernel } =
      jupyterapp.shell.currentWidget.context.sessionContext.session;
    const info = await kernel.requestCommInfo({
      target_name: 'jupyterlab-torchprof'
    });
    return Object.keys(info.content.comms).length;
  });
}

test('two views of a notebook show its badges, over one link', async ({
  lab,
  page
}) => {
  await lab.write('views.ipynb', CELLS);
  await lab.open('views.ipynb');
  const profiles = await profile(lab, CODES);
  await lab.command('application:toggle-left-area');

  await lab.command('docmanager:clone');
  const views = page.locator('.jp-NotebookPanel');
  await expect(views).toHaveCount(2);
  await lab.ready();
  for (const view of await views.all()) {
    await expect(badgeIn(view)).toHaveCount(2);
  }
  expect(await links(lab)).toBe(1);

  // A run in one is shown in both.
  const second = views.last();
  const cell = second.locator('.jp-Cell').first();
  await cell.locator('.cm-content').click();
  await page.keyboard.press('Control+Enter');
  await expect(lab.rows.filter({ hasText: 'alpha =' })).toContainText('2 runs');
  const [first, other] = await Promise.all(
    (await views.all()).map(view => badgeIn(view).first().textContent())
  );
  expect(first).toBe(other);

  await badgeIn(second).last().click();
  await expect(openRow(lab)).toContainText('beta =');

  await lab.command('application:close');
  await expect(views).toHaveCount(1);
  await expect(badges(lab)).toHaveCount(2);
  await lab.run(1);
  await expect(lab.rows.filter({ hasText: 'beta =' })).toContainText('2 runs');
  expect(await links(lab)).toBe(1);
  expect(profiles.size).toBe(2);
});

test('a notebook that is renamed and moved keeps its profile', async ({
  lab,
  page
}) => {
  await lab.write('before.ipynb', CELLS);
  await lab.open('before.ipynb');
  const profiles = await profile(lab, CODES);

  await lab.command('docmanager:rename');
  const dialog = page.getByRole('dialog');
  await dialog.locator('input').fill('after.ipynb');
  await dialog.getByRole('button', { name: 'Rename' }).click();
  await expect(page.getByRole('tab', { name: 'after.ipynb' })).toBeVisible();
  await expectEachAtHome(lab, profiles);

  await lab.makeFolder('elsewhere');
  await lab.move('after.ipynb', 'elsewhere/moved.ipynb');
  await expect(page.getByRole('tab', { name: 'moved.ipynb' })).toBeVisible();
  await expectEachAtHome(lab, profiles);
  await lab.run(0);
  await expect(lab.rows.filter({ hasText: 'alpha =' })).toContainText('2 runs');
  await expect(badgeIn(cellWith(lab, 'beta ='))).toHaveCount(1);

  // What is saved beside it is so under its new name.
  await lab.panel.getByRole('button', { name: /^Export HTML report/ }).click();
  await expect(
    page.getByText('Report saved as elsewhere/moved-torchprof.html')
  ).toBeVisible();
  await lab.read('elsewhere/moved-torchprof.html');
});
