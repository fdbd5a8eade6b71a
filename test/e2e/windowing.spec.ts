/** Long notebooks, of which JupyterLab builds only the cells in view. */
import type { Locator } from '@playwright/test';

import { badgeIn, badges, cellWith, openRow } from './belonging';
import type { ICell, Lab } from './lab';
import { expect, test } from './lab';

const TRACKER = '@jupyterlab/notebook-extension:tracker';

/** Cells that are run, far from each other; the first in sight, the last at the end. */
const RUN = [0, 30, 60, 89];

const CELLS: ICell[] = Array.from({ length: 90 }, (_, index) => ({
  id: `cell-${index}`,
  source: `name_${index} = [${index}]\n${'# more\n'.repeat(index % 5)}pass`
}));

/**
 * Scroll by the mouse wheel until a cell is in view: the notebook's height is only estimated.
 *
 * A busy machine may leave the end of the notebook blank until somebody scrolls back a little:
 * JupyterLab draws what is in view upon scrolling, and at the end there is nowhere further to go.
 * Both turns of the wheel in one frame would be no scrolling at all, so each is waited for.
 */
async function scrollTo(lab: Lab, cell: Locator, by: number): Promise<void> {
  const scroller = lab.notebook.locator('.jp-WindowedPanel-outer');
  const box = (await scroller.boundingBox())!;
  await lab.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  let turns = 0;
  await expect(async () => {
    turns += 1;
    await lab.page.mouse.wheel(0, turns % 3 === 0 ? -by / 40 : by);
    await expect(cell).toBeInViewport({ timeout: 500 });
  }).toPass({ intervals: [30], timeout: 60_000 });
}

test.use({ ownPage: 'JupyterLab reads the mode when it starts' });

for (const windowingMode of ['full', 'defer']) {
  test(`badges come and go with their cells in the mode “${windowingMode}”`, async ({
    lab
  }) => {
    test.setTimeout(240_000);
    await lab.setting(TRACKER, { windowingMode });
    try {
      await lab.write('long.ipynb', CELLS);
      await lab.load('long.ipynb');
      for (const index of RUN) {
        await lab.runById(`cell-${index}`);
        await expect(
          lab.rows.filter({ hasText: `name_${index} =` })
        ).toHaveCount(1);
      }

      if (windowingMode === 'defer') {
        // JupyterLab adds the cells below while nothing else happens, so it is not asked often.
        await expect
          .poll(() => lab.notebook.locator('.jp-Cell').count(), {
            intervals: [1000],
            timeout: 120_000
          })
          .toBe(CELLS.length);
      }
      const first = cellWith(lab, 'name_0 =');
      const last = cellWith(lab, 'name_89 =');
      await scrollTo(lab, first, -4000);
      await scrollTo(lab, last, 4000);
      await expect(badgeIn(last)).toHaveCount(1);
      await scrollTo(lab, first, -4000);
      await expect(badgeIn(first)).toHaveCount(1);
      await expect(badgeIn(cellWith(lab, 'name_1 ='))).toHaveCount(0);

      for (const index of [60, 0, 89, 30]) {
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
