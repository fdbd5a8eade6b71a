/**
 * Bundle lib/ into the labextension with JupyterLab's own builder.
 *
 * Calls the builder that `jupyter-builder build` would call, so that neither Python nor JupyterLab
 * is needed to build.
 */
import { nodeModule, root } from './setup/paths.mjs';
import { runMain, runQuietly } from './setup/run.mjs';

await runMain(() => buildLabextension());

async function buildLabextension() {
  await runQuietly(
    process.execPath,
    [
      nodeModule('@jupyter/builder/lib/build-labextension.js'),
      '--core-package-file',
      nodeModule('@jupyterlab/core-meta/core.package.json'),
      root
    ],
    {
      cwd: root,
      problem: 'The labextension could not be built: see the errors above.'
    }
  );
}
