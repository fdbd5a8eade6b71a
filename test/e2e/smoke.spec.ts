/** What happens when JupyterLab starts in a browser that has never seen it. */
import { expect, test } from './lab';

interface ILabWindow {
  jupyterapp: {
    restored: Promise<void>;
    listPlugins(): string[];
  };
}

/** Bytes of script that JupyterLab may load for the extension before a notebook is opened. */
const EAGER = 60_000;

test.use({ ownPage: 'Its start is what is tested' });

test('JupyterLab loads little of the extension, and without an error', async ({
  page
}) => {
  const errors: string[] = [];
  const sizes: Promise<[string, number]>[] = [];
  page.on('pageerror', error => errors.push(error.message));
  page.on('console', message => {
    // A warning, since JupyterLab lends what it has even where a newer version is asked for.
    const unsatisfied = message.text().startsWith('Unsatisfied version');
    if (message.type() === 'error' || unsatisfied) {
      errors.push(`${message.text()} (${message.location().url})`);
    }
  });
  page.on('response', response => {
    const { pathname } = new URL(response.url());
    if (/extensions\/jupyterlab-torchprof\/.*\.js$/.test(pathname)) {
      sizes.push(response.body().then(body => [pathname, body.length]));
    }
  });

  await page.goto(`/lab?reset&token=${process.env.TORCHPROF_E2E_TOKEN}`);
  await page.waitForFunction(() => 'jupyterapp' in window);
  const plugins = await page.evaluate(async () => {
    const app = (window as unknown as ILabWindow).jupyterapp;
    await app.restored;
    return app.listPlugins();
  });
  await page.waitForLoadState('networkidle');

  expect(
    plugins.filter(id => id.startsWith('jupyterlab-torchprof:'))
  ).not.toEqual([]);
  const loaded = await Promise.all(sizes);
  expect(loaded.map(([name]) => name).join()).toContain('remoteEntry');
  expect(loaded.reduce((sum, [, bytes]) => sum + bytes, 0)).toBeLessThan(EAGER);
  expect(errors).toEqual([]);
});
