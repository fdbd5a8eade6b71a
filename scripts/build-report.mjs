/**
 * Bundle the standalone report into the Python package: `report.js` and `report.css`, from
 * src/report and style/report.css, and `report-shell.txt`, the page with both inlined, in which only
 * the marks for title, summary and session are left open.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

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
  writeFileSync(join(reportAssets, 'report-shell.txt'), composeShell());
});

/** The page with script and style inlined, and the hashes of its scripts in its policy. */
function composeShell() {
  const script = readFileSync(join(reportAssets, 'report.js'), 'utf8');
  const style = readFileSync(join(reportAssets, 'report.css'), 'utf8');
  const page = readFileSync(inRoot('src/report/template.html'), 'utf8')
    .replace('/*torchprof:css*/', () => style.replace(/<\//g, '<\\/'))
    .replace('/*torchprof:js*/', () => inlineable(script));
  // Scripts with attributes hold data, which no policy applies to.
  const hashes = [...page.matchAll(/<script>(.*?)<\/script>/gs)].map(
    ([, text]) =>
      `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  );
  return page.replace('torchprof:hashes', () => hashes.join(' '));
}

/** A script without what could end the element it stands in; esbuild sees to `</script`. */
function inlineable(script) {
  return script.replace(/<!--/g, '\\x3C!--');
}
