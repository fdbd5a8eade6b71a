import { join } from 'node:path';

import {
  inRoot,
  labextension,
  nodeModule,
  reportShell,
  root
} from './paths.mjs';
import { runQuietly } from './run.mjs';
import { digest, isDone, markDone } from './stamp.mjs';

const stamp = inRoot('lib/.setup-stamp');

/** The step that compiles the TypeScript and bundles the labextension and the report. */
export const build = {
  title: 'Building the front end',
  made: 'front end built',

  isDone() {
    return isDone(stamp, inputs(), [
      join(labextension, 'package.json'),
      reportShell
    ]);
  },

  async run() {
    // Taken before the build: what changes meanwhile is built again the next time.
    const built = inputs();
    const problem = 'The front end could not be built: mend the errors above.';
    const node = (...args) =>
      runQuietly(process.execPath, args, { cwd: root, problem });
    await node(nodeModule('typescript/bin/tsc'));
    // The labextension holds the report's page.
    await node(inRoot('scripts/build-report.mjs'));
    await node(inRoot('scripts/build-labextension.mjs'));
    markDone(stamp, built);
  }
};

function inputs() {
  return digest([
    'src',
    'style',
    'schema',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'rspack.config.js',
    'scripts/build-labextension.mjs',
    'scripts/build-report.mjs'
  ]);
}
