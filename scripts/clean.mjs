/** Remove what the build writes, but not the npm and Python packages. */
import { rmSync } from 'node:fs';

import { inRoot, labextension, reportAssets } from './setup/paths.mjs';

for (const path of [inRoot('lib'), labextension, reportAssets]) {
  rmSync(path, { recursive: true, force: true });
}
