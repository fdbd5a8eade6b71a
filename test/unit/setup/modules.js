/**
 * Makes CommonJS, as jest wants it, of our TypeScript and of packages that are ES modules: much
 * faster than TypeScript's compiler and babel. Types are checked by `tsc` alone.
 */
const { createHash } = require('crypto');
const { extname } = require('path');

const { transformSync, version } = require('esbuild');

const loaders = { '.ts': 'ts', '.tsx': 'tsx' };

module.exports = {
  getCacheKey: (source, path) =>
    createHash('sha256')
      .update([version, path, source].join('\0'))
      .digest('hex'),
  process: (source, path) => {
    const loader = loaders[extname(path)] ?? 'js';
    return transformSync(source, {
      format: 'cjs',
      loader,
      sourcefile: path,
      sourcemap: loader === 'js' ? false : 'inline',
      // As one that can be replaced and that jest follows.
      supported: { 'dynamic-import': loader === 'js' },
      target: 'node20'
    });
  }
};
