/**
 * Bundle the standalone report: one script and one style sheet that the HTML report inlines.
 *
 * They come from src/report and style/report.css, and land in the Python package.
 */
import { inRoot, reportAssets, root } from './setup/paths.mjs';
import { Problem, runMain } from './setup/run.mjs';

/** What both bundles have in common. */
const common = {
  absWorkingDir: root,
  bundle: true,
  // Licence notices of what is bundled stay, at the end of the file.
  legalComments: 'eof',
  logLevel: 'error',
  minify: true,
  outdir: reportAssets,
  target: 'es2020'
};

await runMain(async () => {
  const { build } = await import('esbuild');
  try {
    await build({
      ...common,
      entryPoints: { report: inRoot('src/report/index.tsx') },
      define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
      format: 'iife',
      // The styles are bundled apart; plotly.js also asks for those of its maps.
      loader: { '.css': 'empty', '.svg': 'text' }
    });
    await build({
      ...common,
      entryPoints: { report: inRoot('style/report.css') },
      loader: { '.svg': 'dataurl', '.png': 'dataurl', '.woff2': 'dataurl' }
    });
  } catch {
    // esbuild has printed what is wrong.
    throw new Problem(
      'The HTML report could not be bundled: see the errors above.'
    );
  }
});
