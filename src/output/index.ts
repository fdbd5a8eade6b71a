import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';

/** The mime extensions; none for now. */
const extensions: IRenderMime.IExtension[] = [];

export default extensions;
