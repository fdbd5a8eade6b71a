import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

import {
  labextension,
  labextensionLink,
  root,
  venv,
  venvBin
} from './paths.mjs';
import { capture, probe, Problem, runQuietly } from './run.mjs';
import { digest, isDone, markDone } from './stamp.mjs';

/** The Python versions that will do. */
const oldest = [3, 10];

const environmentStamp = join(venv, '.setup-requirements');
const packageStamp = join(venv, '.setup-package');

/** The step that makes `.venv` and installs the development requirements. */
export const pythonPackages = {
  title:
    'Making .venv and installing the Python packages (PyTorch among them: some minutes)',
  made: 'Python packages installed',

  isDone() {
    return isDone(environmentStamp, requirements(), [venvBin('python')]);
  },

  check() {
    if (!hasEnvironment()) {
      findPython();
    }
  },

  async run() {
    if (!hasEnvironment()) {
      await createEnvironment();
    }
    await runQuietly(
      venvBin('python'),
      [
        ...['-m', 'pip', 'install', '--disable-pip-version-check'],
        // Of seventeen thousand files a fifth is ever imported; all of them take 40 s.
        ...['--no-compile', '-r', 'requirements-dev.txt']
      ],
      {
        cwd: root,
        problem:
          'The Python packages could not be installed: check the network connection and the free disk space, and run the command again.'
      }
    );
    await compileWhatIsUsed();
    markDone(environmentStamp, requirements());
  }
};

/** The step that makes the package and its labextension known to `.venv`, as they stand here. */
export const pythonPackage = {
  title: 'Installing jupyterlab-torchprof into .venv, as it stands here',
  made: 'jupyterlab-torchprof installed',

  isDone() {
    return isDone(packageStamp, packaging(), [
      venvBin('jupyter-torchprof'),
      join(labextensionLink, 'package.json')
    ]);
  },

  async run() {
    // pip would write install.json through the link, into the folder that the wheel is built from.
    rmSync(labextensionLink, { recursive: true, force: true });
    await runQuietly(
      venvBin('python'),
      [
        ...['-m', 'pip', 'install', '--disable-pip-version-check'],
        ...['--no-build-isolation', '--no-deps', '--editable', '.']
      ],
      {
        cwd: root,
        problem:
          'The Python package could not be installed into .venv: see the errors above, most likely in pyproject.toml.'
      }
    );
    rmSync(labextensionLink, { recursive: true, force: true });
    mkdirSync(dirname(labextensionLink), { recursive: true });
    // What `jupyter-builder develop` does; a junction needs no privilege on Windows.
    symlinkSync(labextension, labextensionLink, 'junction');
    markDone(packageStamp, packaging());
  }
};

function requirements() {
  return digest(['requirements-dev.txt'], [root]);
}

function packaging() {
  return digest(
    ['pyproject.toml', 'package.json', 'hatch_build.py'],
    [root, requirements()]
  );
}

/**
 * Have Python keep what it compiles of JupyterLab, a kernel and PyTorch, also where it is told not
 * to: otherwise each of them would compile its modules at each start. What cannot be imported shows
 * itself where it is needed.
 */
async function compileWhatIsUsed() {
  const { PYTHONDONTWRITEBYTECODE: _none, ...env } = process.env;
  await capture(
    venvBin('python'),
    [
      '-c',
      'import jupyterlab.labapp, notebook.app, ipykernel.kernelapp, nbclient, libcst.matchers, torch._dynamo'
    ],
    { cwd: root, env }
  );
}

function hasEnvironment() {
  return isDone(join(venv, '.setup-root'), root, [venvBin('python')]);
}

async function createEnvironment() {
  const [command, ...args] = findPython();
  await runQuietly(command, [...args, '-m', 'venv', '--clear', venv], {
    cwd: root,
    problem: `The Python environment could not be made in ${venv}: see the error above.`
  });
  markDone(join(venv, '.setup-root'), root);
}

/**
 * The command line of a Python that is new enough and can make environments.
 * @returns {string[]}
 */
function findPython() {
  const python = findNewEnoughPython();
  const [command, ...args] = python;
  if (probe(command, [...args, '-c', 'import venv, ensurepip']) === null) {
    throw new Problem(
      `${python.join(' ')} cannot make virtual environments: install its venv module (on Debian and Ubuntu: apt install python3-venv) and run the command again.`
    );
  }
  return python;
}

function findNewEnoughPython() {
  const wanted = process.env.TORCHPROF_PYTHON;
  if (wanted) {
    if (isNewEnough([wanted])) {
      return [wanted];
    }
    throw new Problem(
      `TORCHPROF_PYTHON is ${wanted}, which is not a Python ${oldest.join('.')} or newer: set it to one, or unset it.`
    );
  }
  const names = [
    'python3',
    'python',
    ...[14, 13, 12, 11, 10].map(minor => `python3.${minor}`)
  ];
  const commands = names.map(name => [name]);
  if (process.platform === 'win32') {
    commands.unshift(['py', '-3']);
  }
  const found = commands.find(isNewEnough);
  if (!found) {
    throw new Problem(
      `Python ${oldest.join('.')} or newer was not found: install it (on Debian and Ubuntu: apt install python3 python3-venv; else from https://www.python.org), or set TORCHPROF_PYTHON to its path.`
    );
  }
  return found;
}

function isNewEnough([command, ...args]) {
  const check = `import sys; sys.exit(sys.version_info < (${oldest.join(', ')}))`;
  return probe(command, [...args, '-c', check]) !== null;
}
