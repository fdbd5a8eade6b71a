/** What becomes of the profile when kernels and pages come and go. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { venvBin } from '../../scripts/setup/paths.mjs';
import { PATIENCE, expect, test } from './lab';

/** A kernel in whose environment the package cannot be found. */
const BARE = `
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name == "jupyterlab_torchprof":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
from ipykernel.kernelapp import launch_new_instance
launch_new_instance()
`;

test.beforeAll(() => {
  const home = process.env.TORCHPROF_E2E_HOME;
  expect(home).toBeTruthy();
  for (const [name, code] of [
    ['bare', BARE],
    [
      'other',
      'from ipykernel.kernelapp import launch_new_instance as run; run()'
    ]
  ]) {
    const folder = join(home!, 'data', 'kernels', name);
    mkdirSync(folder, { recursive: true });
    const argv = [venvBin('python'), '-c', code, '-f', '{connection_file}'];
    writeFileSync(
      join(folder, 'kernel.json'),
      JSON.stringify({ argv, display_name: name, language: 'python' })
    );
  }
});

test('a new kernel process is followed after Restart', async ({
  lab,
  page
}) => {
  await lab.write('restart.ipynb', [{ id: 'a', source: 'x = 1' }]);
  await lab.open('restart.ipynb');
  await lab.run(0);
  await expect(lab.rows).toHaveCount(1);

  await lab.command('kernelmenu:restart');
  await page.getByRole('button', { name: 'Confirm Kernel Restart' }).click();
  await lab.ready();
  await lab.run(0);

  await expect(lab.rows).toHaveCount(1);
  await expect(lab.rows).toContainText('[1]');
});

test('a kernel that dies says so, and its successor is profiled', async ({
  lab,
  page
}) => {
  await lab.write('dying.ipynb', [
    { id: 'a', source: 'x = 1' },
    { id: 'b', source: 'import os; os._exit(1)' }
  ]);
  await lab.open('dying.ipynb');
  await lab.run(0);

  await lab.start(1);
  await page
    .getByRole('dialog', { name: /Kernel/ })
    .or(page.locator('.jp-Dialog', { hasText: 'Kernel Restarting' }))
    .first()
    .getByRole('button', { name: 'Ok' })
    .click({ timeout: PATIENCE });
  await lab.ready();
  await lab.run(0);

  await expect(lab.rows.first()).toContainText('x = 1');
});

test('Change Kernel moves the profile to the new kernel', async ({ lab }) => {
  await lab.write('change.ipynb', [{ id: 'a', source: 'x = 1' }]);
  await lab.open('change.ipynb');
  await lab.run(0);
  const before = await lab.kernelId();

  await lab.changeKernel('other');
  await expect.poll(() => lab.kernelId()).not.toBe(before);
  await lab.ready();
  await lab.run(0);

  await expect(lab.rows).toHaveCount(1);
  await expect(lab.badge(0)).toBeVisible();
});

test.describe('a page that is loaded again', () => {
  test.use({
    ownPage: 'JupyterLab may be about to open the document once more'
  });

  test('shows what the kernel remembers', async ({ lab, page }) => {
    await lab.write('reload.ipynb', [
      { id: 'a', source: 'first = 1' },
      { id: 'b', source: 'second = 2' }
    ]);
    await lab.open('reload.ipynb');
    await lab.run(0);
    await lab.run(1);
    await lab.command('docmanager:save');

    await page.reload();
    await lab.ready();

    await expect(lab.rows).toHaveCount(2);
    await expect(lab.badge(0)).toBeVisible();
    await expect(lab.badge(1)).toBeVisible();
    await lab.run(0);
    await expect(lab.rows.first()).toContainText('2 runs');
  });

  test('follows a cell that runs meanwhile', async ({ lab, page }) => {
    await lab.write('running.ipynb', [
      {
        id: 'a',
        source: 'import time\nfor _ in range(80):\n    time.sleep(0.1)'
      }
    ]);
    await lab.open('running.ipynb');
    await lab.start(0);
    const timeline = lab.panel.getByRole('region', { name: 'Timeline' });
    await expect(timeline.getByText('running')).toBeVisible();
    await lab.command('docmanager:save');

    await page.reload();

    await expect(lab.panel).toBeVisible();
    await expect(lab.rows).toHaveCount(1, { timeout: PATIENCE });
    await expect(lab.badge(0)).toBeVisible();
  });
});

test('two notebooks on one kernel see the cells of both', async ({ lab }) => {
  await lab.write('one.ipynb', [{ id: 'a', source: 'one = 1' }]);
  await lab.write('two.ipynb', [{ id: 'b', source: 'two = one + 1' }]);
  await lab.open('one.ipynb');
  await lab.run(0);
  const kernel = await lab.kernelId();

  await lab.openBeside('two.ipynb');
  await lab.useKernel(kernel);
  await expect.poll(() => lab.kernelId()).toBe(kernel);
  await lab.ready();
  await lab.run(0);

  await expect(lab.rows).toHaveCount(2);
  await expect(lab.rows.first()).toContainText('two = one + 1');
  await expect(lab.badge(0)).toBeVisible();
});

test('a kernel without the package gets the line that installs it', async ({
  lab
}) => {
  await lab.write('bare.ipynb', [{ id: 'a', source: 'x = 1' }], 'bare');
  await lab.open('bare.ipynb');

  const notice = lab.panel.getByRole('status');
  await expect(notice).toContainText('The profiler is missing in this kernel', {
    timeout: PATIENCE
  });
  await expect(notice).toContainText('pip install jupyterlab_torchprof-');

  await lab.start(0);
  await expect(lab.cell(0).locator('.jp-InputPrompt')).toHaveText('[1]:');
  await expect(lab.badge(0)).toHaveCount(0);
});

test('cells that the server sends to the kernel are known by their count', async ({
  lab
}) => {
  const source = (name: string) =>
    `import time\n${name} = bytearray(50_000_000)\ntime.sleep(0.3)`;
  await lab.write('server.ipynb', [
    { id: 'a', source: source('a') },
    { id: 'b', source: source('b') }
  ]);
  await lab.open('server.ipynb');
  await expect(lab.panel).not.toContainText('Connecting');
  await lab.runOnServer(0);
  await lab.runOnServer(1);

  await expect(lab.badge(0)).toBeVisible();
  await expect(lab.badge(1)).toBeVisible();
  await expect(lab.rows).toHaveCount(2);
  await expect(lab.rows.filter({ hasText: 'edited since' })).toHaveCount(0);

  await lab.type(0, 'a = 1');
  await expect(lab.rows.filter({ hasText: 'edited since' })).toHaveCount(1);
});

test('profiling can be switched off and on', async ({ lab }) => {
  await lab.write('off.ipynb', [
    { id: 'a', source: '%torchprof off' },
    { id: 'b', source: 'x = 1' },
    { id: 'c', source: '%torchprof on' },
    { id: 'd', source: 'y = 1' }
  ]);
  await lab.open('off.ipynb');
  await lab.start(0);
  await expect(lab.panel.getByText('Profiling is off')).toBeVisible();
  await lab.start(1);
  await expect(lab.cell(1).locator('.jp-InputPrompt')).toHaveText('[2]:');
  await lab.start(2);
  await expect(lab.panel.getByText('Profiling is off')).toBeHidden();
  await lab.run(3);

  await expect(lab.badge(1)).toHaveCount(0);
});

test('an edited cell is dimmed, and is not when the edit is taken back', async ({
  lab,
  page
}) => {
  await lab.write('stale.ipynb', [{ id: 'a', source: 'x = 1' }]);
  await lab.open('stale.ipynb');
  await lab.run(0);
  await expect(lab.badge(0)).not.toHaveAccessibleName(/edited since/);

  await lab.focus(0);
  await page.keyboard.press('End');
  await page.keyboard.type('0');
  await expect(lab.badge(0)).toHaveAccessibleName(/edited since/);
  await page.keyboard.press('Backspace');
  await expect(lab.badge(0)).not.toHaveAccessibleName(/edited since/);
});
