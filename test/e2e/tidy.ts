/** What one test leaves behind, taken away before the next one gets the page. */
import type { APIRequestContext, Page } from '@playwright/test';
import { expect } from '@playwright/test';

import type { ILabWindow } from './lab-window';

/** Whether a page has JupyterLab in it. */
export async function hasLab(page: Page): Promise<boolean> {
  return page.evaluate(() => 'jupyterapp' in window);
}

/**
 * Leave a JupyterLab as it was when it had just been loaded: no documents, no notifications, its
 * first theme and the left sidebar. Documents are dropped, not closed: that would ask about changes.
 */
export async function tidy(page: Page): Promise<void> {
  await expect(page.locator('.jp-Dialog')).toHaveCount(0);
  await page.evaluate(async () => {
    const { commands, shell } = (window as unknown as ILabWindow).jupyterapp;
    const open = [...shell.widgets('main')];
    // With another notebook in front, JupyterLab's debugger would look at it while it goes.
    await commands.execute('launcher:create');
    for (const widget of open) {
      widget.dispose();
    }
    if (shell.leftCollapsed) {
      shell.expandLeft();
    }
    if (document.body.dataset.jpThemeLight === 'false') {
      await commands.execute('apputils:change-theme', {
        theme: 'JupyterLab Light'
      });
    }
    // Without an id: all of them.
    await commands.execute('apputils:dismiss-notification', {});
  });
  await page.emulateMedia({ media: null, reducedMotion: null });
  await page.mouse.move(0, 0);
}

/** Leave no kernel, and no session of a notebook with one. */
export async function stopKernels(request: APIRequestContext): Promise<void> {
  for (const kind of ['sessions', 'kernels']) {
    const running = await request.get(`/api/${kind}`);
    for (const { id } of (await running.json()) as { id: string }[]) {
      await request.delete(`/api/${kind}/${id}`);
    }
  }
}
