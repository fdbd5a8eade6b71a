/** The mime renderer: a profile as the output of a cell, or of any other Jupyter document. */
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';

import { MIME_TYPE } from './mime';
import { TorchprofOutput } from './renderer';

const rendererFactory: IRenderMime.IRendererFactory = {
  // Text of a document is never inserted as HTML, so it can be shown without being trusted.
  safe: true,
  mimeTypes: [MIME_TYPE],
  defaultRank: 40,
  createRenderer: options => new TorchprofOutput(options)
};

const extension: IRenderMime.IExtension = {
  id: 'jupyterlab-torchprof:output',
  description: 'Shows PyTorch profiles in the outputs of cells.',
  rendererFactory,
  dataType: 'json'
};

export default extension;
