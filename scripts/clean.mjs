/** Remove what the build writes, but not the npm and Python packages. */
import { rmSync } from 'node:fs';

import { inRoot, labextension, reportShell } from './setup/paths.mjs';

for (const path of [inRoot('lib'), labextension, reportShell]) {
  rmSync(path, { recursive: true, force: true });
}
