// Merged into the configuration of jupyter-builder.
module.exports = {
  // plotly.js is a large chunk; it is loaded on first use only.
  performance: { hints: false }
};
