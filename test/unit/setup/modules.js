/** Makes CommonJS of the packages that are ES modules, as jest wants it: much faster than babel. */
const { createHash } = require('crypto');

const { transformSync, version } = require('esbuild');

module.exports = {
  getCacheKey: (source, path) =>
    createHash('sha256')
      .update([version, path, source].join('\0'))
      .digest('hex'),
  process: (source, path) =>
    transformSync(source, {
      format: 'cjs',
      loader: 'js',
      sourcefile: path,
      target: 'node20'
    })
};
