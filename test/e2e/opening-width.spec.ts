/** How wide the panel is when it opens. */
import type { ILabWindow } from './lab-window';
import { expect, test } from './lab';

test.use({ ownPage: 'its workspace has no layout yet' });

test('the panel opens with room for its lists, and is as wide as the user wants from then on', async ({
  lab,
  page
}) => {
  const width = async () => Math.round((await lab.panel.boundingBox())!.width);
  await page.setViewportSize({ width: 1200, height: 900 });
  await lab.goto('/lab/workspaces/opening-width?reset');
  await page.waitForFunction(() => 'jupyterapp' in window);
  await page.evaluate(
    () => (window as unknown as ILabWindow).jupyterapp.restored
  );
  await lab.command('torchprof:open');
  await expect(lab.panel).toBeVisible();
  // Shares of the page are rounded.
  await expect
    .poll(async () => Math.abs((await width()) - 321))
    .toBeLessThan(2);

  await lab.widenPanel(280);
  const chosen = await width();
  expect(chosen).toBeLessThan(290);
  await lab.command('torchprof:toggle');
  await expect(lab.panel).toBeHidden();
  await lab.command('torchprof:open');
  await expect(lab.panel).toBeVisible();
  await page.waitForTimeout(300);
  expect(await width()).toBe(chosen);
});
