/**
 * Bundle the standalone report into one page, in which only the marks for title, summary and session
 * are left open. The kernel side and the labextension both fill it.
 *
 * Its script comes from src/report/index.tsx, its styles from style/report.css, its frame from
 * src/report/template.html.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { licenceNotices } from './licences.mjs';
import { inRoot, reportShell, root } from './setup/paths.mjs';
import { Problem, runMain } from './setup/run.mjs';

await runMain(async () => {
  const script = await bundle('src/report/index.tsx', {
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    format: 'iife',
    // The styles are bundled apart; plotly.js also asks for those of its maps.
    loader: { '.css': 'empty', '.svg': 'text' }
  });
  const style = await bundle('style/report.css', {
    loader: { '.svg': 'dataurl', '.png': 'dataurl', '.woff2': 'dataurl' }
  });
  mkdirSync(dirname(reportShell), { recursive: true });
  writeFileSync(reportShell, composeShell(script, style));
});

/**
 * The text of a bundle, and the licence notices of what is in it.
 * @param {string} entry Below the root.
 * @param {import('esbuild').BuildOptions} options
 */
async function bundle(entry, options) {
  const { build } = await import('esbuild');
  try {
    const result = await build({
      absWorkingDir: root,
      bundle: true,
      entryPoints: [inRoot(entry)],
      // Licence notices of what is bundled stay, at the end.
      legalComments: 'eof',
      metafile: true,
      logLevel: 'error',
      minify: true,
      target: 'es2020',
      write: false,
      ...options
    });
    return {
      text: result.outputFiles[0].text,
      licences: licenceNotices(root, result.metafile)
    };
  } catch {
    // esbuild has printed what is wrong.
    throw new Problem(
      'The HTML report could not be bundled: see the errors above.'
    );
  }
}

/** The page with script and style inlined, and the hashes of its scripts in its policy. */
function composeShell(script, style) {
  const page = readFileSync(inRoot('src/report/template.html'), 'utf8')
    .replace('/*torchprof:css*/', () => style.text.replace(/<\//g, '<\\/'))
    .replace('/*torchprof:js*/', () => inlineable(script.text))
    .replace('torchprof:licences', () => script.licences.replace(/</g, '&lt;'));
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
