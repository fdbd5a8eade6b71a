/** A JupyterLab of its own for the bench, with the extension or without any. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  inRoot,
  labextension,
  venvBin
} from '../../../scripts/setup/paths.mjs';

const TOKEN = 'torchprof-bench';

/**
 * Start a server, with the labextension as it is now: building again does not disturb it.
 *
 * @param {{ extension?: string | null }} options The folder of the labextension, `null` for none.
 * @returns {Promise<{ url: string, token: string, notebooks: string, stop(): Promise<void> }>}
 */
export async function startServer({ extension = labextension } = {}) {
  const home = mkdtempSync(join(tmpdir(), 'torchprof-bench-'));
  const extensions = join(home, 'labextensions');
  mkdirSync(extensions);
  if (extension) {
    cpSync(extension, join(extensions, 'jupyterlab-torchprof'), {
      recursive: true
    });
  }
  const port = await freePort();
  const server = spawn(
    venvBin('python'),
    [
      '-m',
      'jupyterlab',
      `--config=${inRoot('test/e2e/server/jupyter_server_config.py')}`,
      `--LabApp.labextensions_path=${extensions}`
    ],
    {
      env: {
        ...process.env,
        TORCHPROF_E2E_HOME: home,
        TORCHPROF_E2E_PORT: String(port),
        TORCHPROF_E2E_TOKEN: TOKEN,
        IPYTHONDIR: join(home, 'ipython'),
        JUPYTER_CONFIG_DIR: join(home, 'config'),
        JUPYTER_DATA_DIR: join(home, 'data'),
        JUPYTER_PREFER_ENV_PATH: '1',
        JUPYTER_RUNTIME_DIR: join(home, 'runtime'),
        OMP_NUM_THREADS: '1'
      },
      stdio: ['ignore', 'ignore', 'inherit']
    }
  );
  const ended = new Promise(resolve => server.once('close', resolve));
  const url = `http://127.0.0.1:${port}`;
  await Promise.race([
    answers(`${url}/api?token=${TOKEN}`),
    ended.then(status => {
      throw new Error(`JupyterLab ended with status ${status}.`);
    })
  ]);
  return {
    url,
    token: TOKEN,
    notebooks: join(home, 'notebooks'),
    stop: async () => {
      server.kill('SIGTERM');
      await ended;
      rmSync(home, { recursive: true, force: true });
    }
  };
}

async function answers(url) {
  for (;;) {
    try {
      await fetch(url);
      return;
    } catch {
      await new Promise(resolve => setTimeout(resolve, 200));
    }
  }
}

function freePort() {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
