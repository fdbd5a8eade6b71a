/**
 * `npm start`: install and build what is missing, then open the tutorial in JupyterLab.
 *
 *   npm start -- --no-browser   only print the address
 *   npm start -- --port 8899    listen there; without it, on 8888 or the next free port
 *
 * The server listens on this machine only and asks for a token: JUPYTER_TOKEN, or a random one.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

import { inRoot, root, venv, venvBin } from './setup/paths.mjs';
import { Problem, runMain } from './setup/run.mjs';
import { setUp } from './setup/steps.mjs';

const host = '127.0.0.1';
const firstPort = 8888;
const portsTried = 50;

/** Where JupyterLab opens. The extension shows its panel at the start when asked for by the URL. */
const page = '/lab/tree/examples/tutorial.ipynb?torchprof=open';

await runMain(async () => {
  const options = readOptions();
  // Said before the set-up, which can take minutes.
  const port = options.port ?? (await firstFreePort());
  if (!(await isFree(port))) {
    throw new Problem(
      `Port ${port} is taken: stop what listens there, or choose another port with \`npm start -- --port N\`.`
    );
  }
  await setUp();
  keepTheNewsQuiet();
  return serve(port, options.browser);
});

/** @returns {{ port: number | null, browser: boolean }} */
function readOptions() {
  let values;
  try {
    ({ values } = parseArgs({
      options: { 'no-browser': { type: 'boolean' }, port: { type: 'string' } }
    }));
  } catch (error) {
    throw new Problem(
      `${error.message}. The options of npm start are --no-browser and --port N, after \`--\`.`
    );
  }
  const port = values.port === undefined ? null : Number(values.port);
  if (port !== null && !(Number.isInteger(port) && port > 0 && port < 65536)) {
    throw new Problem(
      `--port takes a number from 1 to 65535, not ${values.port}.`
    );
  }
  return { port, browser: !values['no-browser'] };
}

/**
 * JupyterLab's question about its news would lie over the panel on the first start. A default of
 * this environment answers it; the user's own settings stay what they are.
 */
function keepTheNewsQuiet() {
  const overrides = join(venv, 'share/jupyter/lab/settings/overrides.json');
  if (!existsSync(overrides)) {
    mkdirSync(dirname(overrides), { recursive: true });
    writeFileSync(
      overrides,
      `${JSON.stringify({ '@jupyterlab/apputils-extension:notification': { fetchNews: 'false' } }, null, 2)}\n`
    );
  }
}

async function firstFreePort() {
  for (let port = firstPort; port < firstPort + portsTried; port++) {
    if (await isFree(port)) {
      return port;
    }
  }
  throw new Problem(
    `The ports ${firstPort} to ${firstPort + portsTried - 1} are all taken: choose another with \`npm start -- --port N\`.`
  );
}

function isFree(port) {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

/** Run the server until it ends or is told to. */
async function serve(port, browser) {
  const token = process.env.JUPYTER_TOKEN || randomBytes(24).toString('hex');
  const args = [
    ...['-m', 'jupyterlab', '-y'],
    '--ServerApp.log_level=WARN',
    '--ExtensionApp.log_level=WARN',
    `--ServerApp.ip=${host}`,
    `--ServerApp.port=${port}`,
    '--ServerApp.port_retries=0',
    `--ServerApp.root_dir=${root}`,
    `--ServerApp.open_browser=${browser ? 'True' : 'False'}`,
    `--LabApp.default_url=${page}`
  ];
  if (process.getuid?.() === 0) {
    // As in a container. JupyterLab would refuse.
    args.push('--allow-root');
  }
  const server = spawn(venvBin('python'), args, {
    cwd: inRoot('examples'),
    env: { ...process.env, JUPYTER_PREFER_ENV_PATH: '1', JUPYTER_TOKEN: token },
    stdio: 'inherit'
  });
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      stopping = true;
      server.kill('SIGTERM');
    });
  }
  const ended = new Promise(resolve => {
    server.once('error', () => resolve(127));
    server.once('close', resolve);
  });
  if (await Promise.race([answers(port), ended.then(() => false)])) {
    process.stdout.write(
      `\nJupyterLab is running at\n\n    http://${host}:${port}${page}&token=${token}\n\nCtrl-C stops it.\n\n`
    );
  }
  const status = await ended;
  if (stopping) {
    process.stdout.write('JupyterLab has stopped.\n');
  } else if (status !== 0) {
    throw new Problem(
      `JupyterLab ended with status ${status}: see its messages above.`
    );
  }
}

/** Resolves to true when something listens on the port. */
async function answers(port) {
  while (!(await isListening(port))) {
    await new Promise(resolve => setTimeout(resolve, 200));
  }
  return true;
}

function isListening(port) {
  return new Promise(resolve => {
    const socket = connect(port, host);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
