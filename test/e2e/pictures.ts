/**
 * Pictures for people to look at, beside what a test asserts. No test depends on them, and they
 * cost much, so they are only taken with `TORCHPROF_E2E_PICTURES=1`.
 */
import type { Page, PageScreenshotOptions } from '@playwright/test';

import type { Lab } from './lab';

const WANTED = Boolean(process.env.TORCHPROF_E2E_PICTURES);

/** Take a picture of a page. */
export async function picture(
  page: Page,
  path: string,
  options: PageScreenshotOptions = {}
): Promise<void> {
  if (WANTED) {
    await page.screenshot({ ...options, path });
  }
}

/**
 * Take pictures of JupyterLab in both themes.
 * @param point - brings what a theme that changes takes away, such as a tooltip
 */
export async function picturesInThemes(
  lab: Lab,
  path: string,
  point: () => Promise<void> = async () => undefined
): Promise<void> {
  for (const theme of WANTED ? (['Dark', 'Light'] as const) : []) {
    await lab.page.mouse.move(0, 0);
    await lab.theme(theme);
    await lab.page.waitForTimeout(700); // charts are drawn again in the theme's colours
    await point();
    await picture(lab.page, `${path}-${theme.toLowerCase()}.png`);
  }
}
