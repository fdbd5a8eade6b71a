/** A notebook whose kernel is not there any more. */
import type { Lab } from './lab';
import { expect } from './lab';

/** A notebook as it is saved. */
interface ISaved {
  metadata: object;
  cells: unknown[];
}

/** Wait until the saved notebook has an output of the profiler, and take its kernel away. */
export async function loseKernel(lab: Lab, path: string): Promise<void> {
  await lab.command('docmanager:save');
  await expect
    .poll(() => lab.read(path))
    .toContain('application/vnd.jupyterlab-torchprof.v1+json');
  const saved = JSON.parse(await lab.read(path)) as ISaved;
  // With its name, or its language, JupyterLab would start the next best.
  saved.metadata = {};
  await lab.leave();
  await lab.save(path, saved);
}

/** Say that the notebook is to be read only, when JupyterLab asks for a kernel. */
export async function goWithout({ page }: Lab): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'No Kernel' }).click();
  await expect(dialog).toHaveCount(0);
}
