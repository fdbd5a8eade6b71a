/** The page that a test has, and what is complained of there. */
import type { ConsoleMessage, Page } from '@playwright/test';
import { test as base, expect } from '@playwright/test';

/** What JupyterLab itself says when its debugger asks while a kernel comes or goes, or has gone. */
const FOREIGN =
  /^No active debugger session|^A kernel is required to send debug messages/;

interface IFixtures {
  /** Errors that the browser told of: at the end there must be none that was not expected. */
  errors: string[];
  /** Whether the test is over, and its documents and kernels go. */
  course: { isOver: boolean };
  /** Why a test cannot do with the page of the tests before it, if it cannot. */
  ownPage: string | null;
}

interface IWorkerFixtures {
  keptPage: Page;
}

/**
 * Loading JupyterLab takes a processor eight seconds, so tests share a page. After one that failed
 * there is another, since Playwright then starts another worker.
 */
export const test = base.extend<IFixtures, IWorkerFixtures>({
  ownPage: [null, { option: true }],
  keptPage: [
    async ({ browser }, provide, { project }) => {
      // What Playwright gives a page that is made within a test.
      const { baseURL, extraHTTPHeaders, viewport } = project.use;
      const options = { baseURL, extraHTTPHeaders, viewport };
      const context = await browser.newContext(options);
      await provide(await context.newPage());
      await context.close();
    },
    { scope: 'worker' }
  ],
  page: async ({ browser, keptPage, ownPage }, provide) => {
    if (ownPage === null) {
      await provide(keptPage);
      return;
    }
    const context = await browser.newContext();
    await provide(await context.newPage());
    await context.close();
  },
  course: async ({}, provide) => {
    await provide({ isOver: false });
  },
  errors: async ({ page, course }, provide) => {
    const errors: string[] = [];
    const onError = ({ message, stack }: Error) => {
      // JupyterLab's debugger, for one, goes on to ask about a notebook that is gone.
      if (!course.isOver || stack?.includes('/jupyterlab-torchprof/')) {
        errors.push(message);
      }
    };
    const onConsole = (message: ConsoleMessage) => {
      if (message.type() === 'error') {
        errors.push(`${message.text()} (${message.location().url})`);
      }
    };
    page.on('pageerror', onError);
    page.on('console', onConsole);
    await provide(errors);
    page.off('pageerror', onError);
    page.off('console', onConsole);
    expect(errors.filter(error => !FOREIGN.test(error))).toEqual([]);
  }
});
