/**
 * `npm run test:libraries`: the tests of what libraries do to a profile, with those libraries, too,
 * that take too long to install for `npm test`. They get an environment of their own.
 *
 *   npm run test:libraries -- loads   only tests with this in their name
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { inRoot, root, venvBin } from './setup/paths.mjs';
import { runLoudly, runMain, runQuietly } from './setup/run.mjs';
import { setUp } from './setup/steps.mjs';

/** Beside those of requirements-dev.txt. */
const PACKAGES = [
  'datasets',
  'jupyter-distributed',
  'optuna',
  'peft',
  'ray[train]',
  'sentence-transformers',
  'timm',
  'torch_geometric',
  'torchmetrics',
  'trl'
];
/** What of requirements-dev.txt these tests need no part of. */
const LEFT_OUT = /^(torch|jupyterlab|notebook|jupyter-builder|mypy|ruff)==/;

const venv = inRoot('.setup/libraries');
const installed = join(venv, '.installed');
const python = venvBin('python', venv);

await runMain(async () => {
  await setUp();
  if (!existsSync(installed)) {
    await install();
  }
  const names = process.argv.slice(2);
  return runLoudly(
    python,
    [
      ...['-m', 'pytest', 'test/kernel/libraries'],
      'test/kernel/ranks/test_distributed_kernels.py',
      'test/kernel/ranks/test_ray.py',
      ...(names.length > 0 ? ['-k', names.join(' or ')] : [])
    ],
    {
      cwd: root,
      env: { ...process.env, PYTHONPATH: inRoot('python_ext') }
    }
  );
});

async function install() {
  process.stdout.write(`Installing ${PACKAGES.join(', ')}…\n`);
  const problem =
    'The libraries could not be installed: check the network connection and the free disk space (several GB).';
  rmSync(venv, { recursive: true, force: true });
  await runQuietly(venvBin('python'), ['-m', 'venv', venv], { problem });
  const requirements = join(venv, 'requirements.txt');
  const pinned = readFileSync(inRoot('requirements-dev.txt'), 'utf8')
    .split('\n')
    .filter(line => !LEFT_OUT.test(line));
  writeFileSync(requirements, [...pinned, ...PACKAGES].join('\n'));
  await runQuietly(
    python,
    ['-m', 'pip', 'install', '--disable-pip-version-check', '-r', requirements],
    { problem }
  );
  writeFileSync(installed, PACKAGES.join('\n'));
}
