// Merged into the configuration of jupyter-builder.
module.exports = {
  // The documentation of the rules is shown in the panel.
  module: { rules: [{ test: /\.md$/, type: 'asset/source' }] },
  // plotly.js is a large chunk; it is loaded on first use only.
  performance: { hints: false }
};
