/** Run All, an interrupt, a restart: what became of which run. */
import { badgeIn, badges, cellWith, openRow } from './belonging';
import { PATIENCE, expect, test } from './lab';

const CELLS = [
  { id: 'a', source: 'alpha = 1' },
  { id: 'b', source: 'beta = 2\nimport time' },
  {
    id: 'c',
    source:
      'gamma = 3\nfor step in range(60 if alpha else 1):\n    time.sleep(1)'
  },
  { id: 'd', source: 'delta = 4' }
];

test('Run All, Interrupt and Restart leave each cell its own profile', async ({
  lab,
  page
}) => {
  test.setTimeout(180_000);
  await lab.write('running.ipynb', CELLS);
  await lab.open('running.ipynb');

  await test.step('Run All, interrupted in the third of four', async () => {
    await lab.command('notebook:run-all-cells');
    await expect(lab.badge(0)).toBeVisible({ timeout: PATIENCE });
    await expect(lab.badge(1)).toBeVisible();
    await expect(badgeIn(cellWith(lab, 'gamma ='))).toContainText('running', {
      timeout: PATIENCE
    });
    await expect(lab.badge(3)).toHaveCount(0);
    await lab.interrupt();
    await expect(lab.badge(2)).toContainText('interrupted');
    await expect(lab.badge(2)).toHaveAccessibleName(/interrupted, took/);
    // The rest was swept away with it.
    await expect(lab.rows).toHaveCount(3);
    await expect(badges(lab)).toHaveCount(3);
    const row = lab.rows.filter({ hasText: 'gamma =' });
    await expect(row).toContainText('interrupted');
    await lab.badge(2).click();
    await expect(openRow(lab)).toContainText('gamma =');
  });

  await test.step('Run All again, to the end', async () => {
    await lab.type(0, 'alpha = 0');
    await lab.command('notebook:run-all-cells');
    await expect(lab.rows).toHaveCount(4);
    await expect(badges(lab)).toHaveCount(4);
    await expect(lab.badge(2)).not.toContainText('interrupted');
    await expect(lab.rows.filter({ hasText: 'gamma =' })).toContainText(
      '2 runs'
    );
  });

  await test.step('restarted, what ran before says so', async () => {
    await lab.command('kernelmenu:restart');
    await page.getByRole('button', { name: 'Confirm Kernel Restart' }).click();
    await lab.ready();
    await expect(lab.rows).toHaveCount(4);
    for (const row of await lab.rows.all()) {
      await expect(row).toContainText('before the restart');
    }
    await expect(badges(lab)).toHaveCount(4);
    await expect(lab.badge(1)).toHaveAccessibleName(
      /before the kernel was restarted/
    );
  });

  await test.step('and new runs follow the former', async () => {
    await lab.run(1);
    await expect(lab.badge(1)).not.toHaveAccessibleName(/before the kernel/);
    await expect(lab.badge(0)).toHaveAccessibleName(/before the kernel/);
    const row = lab.rows.filter({ hasText: 'beta =' });
    await expect(row).not.toContainText('before the restart');
    await expect(row).toContainText('3 runs');
    await expect(row).toContainText('[1]');
    await lab.badge(1).click();
    const runs = lab.panel.getByRole('radiogroup', {
      name: 'Run of this cell'
    });
    await runs.getByRole('radio').first().click();
    await expect(
      lab.panel.getByText(/^This ran before the kernel was restarted/)
    ).toBeVisible();
  });
});
