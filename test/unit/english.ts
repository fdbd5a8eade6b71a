import { nullTranslator } from '@jupyterlab/translation';

/** The translator of tests: English, with values filled in. */
export const english = nullTranslator.load('jupyterlab_torchprof');
