import { expect, test } from '@playwright/test';

interface ILabWindow {
  jupyterapp?: {
    restored: Promise<void>;
    hasPlugin(id: string): boolean;
    listPlugins(): string[];
  };
}

test('JupyterLab loads the extension without an error', async ({ page }) => {
  const errors: string[] = [];
  page.on('pageerror', error => errors.push(error.message));
  page.on('console', message => {
    if (message.type() === 'error') {
      errors.push(`${message.text()} (${message.location().url})`);
    }
  });

  await page.goto(`/lab?token=${process.env.TORCHPROF_E2E_TOKEN}`);
  await page.waitForFunction(
    () => (window as unknown as ILabWindow).jupyterapp !== undefined
  );
  const plugins = await page.evaluate(async () => {
    const app = (window as unknown as ILabWindow).jupyterapp!;
    await app.restored;
    return app.listPlugins();
  });

  expect(
    plugins.filter(id => id.startsWith('jupyterlab-torchprof:'))
  ).not.toEqual([]);
  expect(errors).toEqual([]);
});
