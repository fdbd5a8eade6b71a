/**
 * `npm run profile -- NOTEBOOK --html report.html`: run a notebook and write what it cost.
 *
 * Installs and builds what is missing, then calls `jupyter torchprof run` with the same arguments;
 * `npm run profile -- --help` lists them.
 */
import { venvBin } from './setup/paths.mjs';
import { runLoudly, runMain } from './setup/run.mjs';
import { setUp } from './setup/steps.mjs';

await runMain(async () => {
  await setUp();
  return runLoudly(
    venvBin('jupyter-torchprof'),
    ['run', ...process.argv.slice(2)],
    {
      // Paths are relative to where npm was called.
      cwd: process.env.INIT_CWD
    }
  );
});
