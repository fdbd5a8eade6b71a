/** The licence notices of what a bundle of esbuild contains; MIT, BSD and ISC ask for them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The innermost package of a path below the root. */
const PACKAGE = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/;

/**
 * One paragraph per package: name, version, licence, and the text of its licence file.
 * @param {string} root The folder that the paths of the metafile start from.
 * @param {import('esbuild').Metafile} metafile
 */
export function licenceNotices(root, metafile) {
  const folders = new Set();
  for (const output of Object.values(metafile.outputs)) {
    for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) {
      const match = PACKAGE.exec(input);
      if (match && bytesInOutput > 0) {
        folders.add(join(root, match[0]));
      }
    }
  }
  return [...folders].sort().map(notice).join('\n\n');
}

function notice(folder) {
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest)) {
    return '';
  }
  const { name, version, license } = JSON.parse(readFileSync(manifest, 'utf8'));
  const file = readdirSync(folder).find(entry =>
    /^(licen[cs]e|copying)/i.test(entry)
  );
  const text = file ? readFileSync(join(folder, file), 'utf8').trim() : '';
  return `${name} ${version} (${license})\n${text}`.trim();
}
