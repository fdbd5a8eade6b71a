/** Long notebooks, of which JupyterLab builds only the cells in view. */
import { badgeIn, badges, cellWith, openRow } from './belonging';
import type { ICell, Lab } from './lab';
import { expect, test } from './lab';

const TRACKER = '@jupyterlab/notebook-extension:tracker';

/** Cells that are run, far from each other; the first in sight, the last at the end. */
const RUN = [0, 70, 140, 199];

const CELLS: ICell[] = Array.from({ length: 200 }, (_, index) => ({
  id: `cell-${index}`,
  source: `name_${index} = ${index}\n${'# more\n'.repeat(index % 5)}pass`
}));

/** Scroll to the end of the notebook and back, by the mouse wheel. */
async function scrollThrough(lab: Lab, by: number): Promise<void> {
  const scroller = lab.notebook.locator('.jp-WindowedPanel-outer');
  const box = (await scroller.boundingBox())!;
  await lab.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const top = () => scroller.evaluate(({ scrollTop }) => scrollTop);
  for (let last = -1, now = await top(); now !== last; now = await top()) {
    last = now;
    await lab.page.mouse.wheel(0, by);
    await lab.page.waitForTimeout(30);
  }
}

for (const windowingMode of ['full', 'defer']) {
  test(`badges come and go with their cells in the mode “${windowingMode}”`, async ({
    lab
  }) => {
    test.setTimeout(120_000);
    await lab.setting(TRACKER, { windowingMode });
    try {
      await lab.write('long.ipynb', CELLS);
      await lab.open('long.ipynb');
      for (const index of RUN) {
        await lab.runById(`cell-${index}`);
        await expect(
          lab.rows.filter({ hasText: `name_${index} =` })
        ).toHaveCount(1);
      }

      await scrollThrough(lab, -4000);
      await scrollThrough(lab, 4000);
      const last = cellWith(lab, 'name_199 =');
      await expect(badgeIn(last)).toHaveCount(1);
      await scrollThrough(lab, -4000);
      await expect(badgeIn(cellWith(lab, 'name_0 ='))).toHaveCount(1);
      await expect(badgeIn(cellWith(lab, 'name_1 ='))).toHaveCount(0);

      for (const index of [140, 0, 199, 70]) {
        const code = `name_${index} =`;
        await lab.rows.filter({ hasText: code }).click();
        const cell = cellWith(lab, code);
        await expect(cell).toBeInViewport();
        await expect(cell).toHaveClass(/jp-mod-active/);
        await expect(badgeIn(cell)).toHaveCount(1);
        await badgeIn(cell).click();
        await expect(openRow(lab)).toContainText(code);
      }
      // None twice: whether a cell out of view has its badge is JupyterLab's choice.
      expect(await badges(lab).count()).toBeLessThanOrEqual(RUN.length);
    } finally {
      await lab.setting(TRACKER, {});
    }
  });
}
