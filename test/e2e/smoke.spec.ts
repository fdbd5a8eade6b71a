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
    // A warning, since JupyterLab lends what it has even where a newer version is asked for.
    const unsatisfied = message.text().startsWith('Unsatisfied version');
    if (message.type() === 'error' || unsatisfied) {
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

/** Bytes of script that JupyterLab may load for the extension before a notebook is opened. */
const EAGER = 60_000;

test('JupyterLab starts with little of the extension', async ({ page }) => {
  const sizes: Promise<[string, number]>[] = [];
  page.on('response', response => {
    const { pathname } = new URL(response.url());
    if (/extensions\/jupyterlab-torchprof\/.*\.js$/.test(pathname)) {
      sizes.push(response.body().then(body => [pathname, body.length]));
    }
  });
  await page.goto(`/lab?reset&token=${process.env.TORCHPROF_E2E_TOKEN}`);
  await page.waitForFunction(
    () => (window as unknown as ILabWindow).jupyterapp !== undefined
  );
  await page.evaluate(
    () => (window as unknown as ILabWindow).jupyterapp!.restored
  );
  await page.waitForLoadState('networkidle');

  const loaded = await Promise.all(sizes);
  expect(loaded.map(([name]) => name).join()).toContain('remoteEntry');
  expect(loaded.reduce((sum, [, bytes]) => sum + bytes, 0)).toBeLessThan(EAGER);
});
