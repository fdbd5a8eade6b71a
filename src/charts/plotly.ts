/**
 * plotly.js with the traces that our charts use, and nothing else.
 *
 * Only `loader.ts` imports this module, and lazily: it is more than a megabyte.
 */
import Plotly from 'plotly.js/lib/core';
import icicle from 'plotly.js/lib/icicle';
import scatter from 'plotly.js/lib/scatter';

Plotly.register([icicle, scatter]);

export default Plotly;
