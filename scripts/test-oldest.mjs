/**
 * `npm run test:oldest`: the extension in the oldest JupyterLab and Notebook that it says it works
 * with, in a real browser. Kernels are those of the development environment.
 *
 *   npm run test:oldest -- smoke   only these files of test/e2e
 */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs';
import { dirname, join } from 'node:path';

import {
  inRoot,
  labextension,
  nodeModule,
  root,
  venvBin
} from './setup/paths.mjs';
import { Problem, runLoudly, runMain, runQuietly } from './setup/run.mjs';
import { setUp } from './setup/steps.mjs';

/** What `dependencies` in package.json say, in the packages of PyPI. */
const PACKAGES = ['jupyterlab==4.0.*', 'notebook==7.0.*'];
/** What shows whether it loads, watches, applies a fix, and draws; in both applications. */
const TESTS = ['smoke', 'advice', 'notebook7'];

const venv = inRoot('.setup/oldest');
const python = venvBin('python', venv);

await runMain(async () => {
  await setUp();
  if (!existsSync(inRoot('.setup/oldest/installed'))) {
    await install();
  }
  link();
  useOurKernel();
  await checkList();
  const tests = process.argv.slice(2);
  return runLoudly(
    process.execPath,
    [
      nodeModule('@playwright/test/cli.js'),
      'test',
      '--config',
      'test/e2e/playwright.config.mts',
      ...(tests.length > 0 ? tests : TESTS)
    ],
    { cwd: root, env: { ...process.env, TORCHPROF_E2E_PYTHON: python } }
  );
});

async function install() {
  process.stdout.write(`Installing ${PACKAGES.join(' and ')}…\n`);
  const problem = `${PACKAGES.join(' and ')} could not be installed: see the errors above.`;
  rmSync(venv, { recursive: true, force: true });
  await runQuietly(venvBin('python'), ['-m', 'venv', venv], { problem });
  await runQuietly(
    python,
    ['-m', 'pip', 'install', '--quiet', ...PACKAGES, 'setuptools<81'],
    { problem }
  );
  writeFileSync(inRoot('.setup/oldest/installed'), PACKAGES.join('\n'));
}

function link() {
  const target = join(venv, 'share/jupyter/labextensions/jupyterlab-torchprof');
  mkdirSync(dirname(target), { recursive: true });
  rmSync(target, { recursive: true, force: true });
  symlinkSync(labextension, target, 'junction');
}

/** PyTorch and the kernel's side are in the development environment. */
function useOurKernel() {
  const file = join(venv, 'share/jupyter/kernels/python3/kernel.json');
  const spec = JSON.parse(readFileSync(file, 'utf8'));
  spec.argv[0] = venvBin('python');
  writeFileSync(file, JSON.stringify(spec));
}

/** JupyterLab itself compares the versions, and says what does not fit. */
async function checkList() {
  const list = await runQuietly(
    python,
    [
      '-c',
      'import sys; from jupyterlab.labextensions import main; sys.stderr = sys.stdout; sys.argv[1:] = ["list"]; main()'
    ],
    { problem: 'JupyterLab could not list its extensions.' }
  );
  const line = list
    .split('\n')
    .find(entry => entry.includes('jupyterlab-torchprof'));
  if (!line?.includes('OK')) {
    throw new Problem(
      `The oldest JupyterLab finds the extension incompatible: mend \`dependencies\` in package.json.\n${list}`
    );
  }
}
