import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

/** The extension; for now it does nothing. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-torchprof:plugin',
  description: 'Profiles the PyTorch code of notebook cells.',
  autoStart: true,
  activate: () => undefined
};

export default [plugin];
