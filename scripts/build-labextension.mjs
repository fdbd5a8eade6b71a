/**
 * Bundle lib/ into the labextension with JupyterLab's own builder.
 *
 * Calls the builder that `jupyter-builder build` would call, so that neither Python nor JupyterLab
 * is needed to build.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { inRoot, nodeModule, root } from './setup/paths.mjs';
import { runMain, runQuietly } from './setup/run.mjs';

await runMain(() => buildLabextension());

async function buildLabextension() {
  const folder = mkdtempSync(join(tmpdir(), 'torchprof-core-'));
  try {
    const core = join(folder, 'core.package.json');
    writeFileSync(core, JSON.stringify(oldestCore()));
    await runQuietly(
      process.execPath,
      [
        nodeModule('@jupyter/builder/lib/build-labextension.js'),
        '--core-package-file',
        core,
        root
      ],
      {
        cwd: root,
        problem: 'The labextension could not be built: see the errors above.'
      }
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * JupyterLab's own package with our ranges of what it shares.
 *
 * The builder takes the versions that it is built with for the oldest that will do, and JupyterLab
 * warns of each that is older. Our types come from the newest, `dependencies` say what will do.
 */
function oldestCore() {
  const read = path => JSON.parse(readFileSync(path, 'utf8'));
  const core = read(nodeModule('@jupyterlab/core-meta/core.package.json'));
  const { dependencies } = read(inRoot('package.json'));
  const shared = { ...core.dependencies, ...core.resolutions };
  const ours = Object.entries(dependencies).filter(([name]) => name in shared);
  return {
    ...core,
    resolutions: { ...core.resolutions, ...Object.fromEntries(ours) }
  };
}
