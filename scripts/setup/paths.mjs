import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const windows = process.platform === 'win32';

/** The root of the repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The development environment of Python. */
export const venv = join(root, '.venv');

/** The labextension as it is built, and the place where JupyterLab looks for it. */
export const labextension = inRoot(
  'python_ext/jupyterlab_torchprof/labextension'
);
export const labextensionLink = join(
  venv,
  'share/jupyter/labextensions/jupyterlab-torchprof'
);

/** The page of the HTML report, with the places for its data left open. */
export const reportShell = inRoot(
  'python_ext/jupyterlab_torchprof/deliver/assets/report-shell.txt'
);

/**
 * A path below the root.
 * @param {string} path With forward slashes.
 */
export function inRoot(path) {
  return join(root, ...path.split('/'));
}

/**
 * An executable of a Python environment.
 * @param {string} name Without an extension, for example `python`.
 * @param {string} [home] The environment; the one that we develop with, without.
 */
export function venvBin(name, home = venv) {
  return windows
    ? join(home, 'Scripts', `${name}.exe`)
    : join(home, 'bin', name);
}

/**
 * The JavaScript file behind a command of an npm package, to be run with this Node.js.
 * @param {string} path Below `node_modules`.
 */
export function nodeModule(path) {
  return inRoot(`node_modules/${path}`);
}

/** Whether a path below the root exists. */
export function exists(path) {
  return existsSync(inRoot(path));
}
