import { rmSync } from 'node:fs';

/** Remove what the server wrote. */
export default function teardown(): void {
  const home = process.env.TORCHPROF_E2E_HOME;
  if (home) {
    rmSync(home, { recursive: true, force: true });
  }
}
