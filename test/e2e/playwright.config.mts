import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium, defineConfig } from '@playwright/test';

import { browserMissing, findBrowser } from '../../scripts/setup/browser.mjs';
import { inRoot, root, venvBin } from '../../scripts/setup/paths.mjs';

/** Variables that hold a choice, so that this process and Playwright's workers make the same. */
const chosen = {
  /** A port of its own, so that several runs do not meet. */
  port: (process.env.TORCHPROF_E2E_PORT ??= freePort()),
  /** All that the server and its kernels write, and nothing of the user's own settings. */
  home: (process.env.TORCHPROF_E2E_HOME ??= mkdtempSync(
    join(tmpdir(), 'torchprof-e2e-')
  )),
  token: (process.env.TORCHPROF_E2E_TOKEN ??= 'torchprof-e2e'),
  /** Another JupyterLab than the one that we develop with, see scripts/test-oldest.mjs. */
  python: process.env.TORCHPROF_E2E_PYTHON ?? venvBin('python')
};

const executablePath = findBrowser(chromium.executablePath());
if (!executablePath) {
  throw new Error(browserMissing);
}

const address = `http://127.0.0.1:${chosen.port}`;

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  outputDir: join(root, 'test-results'),
  globalTeardown: './server/teardown.ts',
  // A machine that does other things, too, takes several times as long.
  timeout: 180_000,
  expect: { timeout: 15_000 },
  workers: 1,
  forbidOnly: Boolean(process.env.CI),
  reporter: [['list']],
  use: {
    baseURL: address,
    extraHTTPHeaders: { Authorization: `token ${chosen.token}` },
    launchOptions: {
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--disable-dev-shm-usage',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        // Nothing but the server can be reached: the extension needs no network.
        '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1'
      ]
    },
    screenshot: 'only-on-failure',
    // Snapshots of a long notebook at each step took a third of the time; `--trace on` has them.
    trace: {
      mode: 'retain-on-failure',
      snapshots: false,
      screenshots: false
    },
    video: 'off',
    viewport: { width: 1440, height: 900 }
  },
  webServer: {
    command: `"${chosen.python}" -m jupyterlab --config "${inRoot('test/e2e/server/jupyter_server_config.py')}"`,
    url: `${address}/api?token=${chosen.token}`,
    env: {
      IPYTHONDIR: join(chosen.home, 'ipython'),
      JUPYTER_CONFIG_DIR: join(chosen.home, 'config'),
      JUPYTER_DATA_DIR: join(chosen.home, 'data'),
      JUPYTER_PREFER_ENV_PATH: '1',
      JUPYTER_RUNTIME_DIR: join(chosen.home, 'runtime'),
      // PyTorch's threads wait busily: on a loaded machine two are much slower than one.
      OMP_NUM_THREADS: '1'
    },
    gracefulShutdown: { signal: 'SIGTERM', timeout: 10_000 },
    reuseExistingServer: false,
    stdout: 'ignore',
    stderr: 'pipe',
    timeout: 60_000
  }
});

function freePort(): string {
  const script =
    "const s = require('net').createServer().listen(0, '127.0.0.1', () => { process.stdout.write(String(s.address().port)); s.close(); })";
  return execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' });
}
