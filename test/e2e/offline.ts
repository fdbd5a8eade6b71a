/** Opens a report as its reader does: a file, no server, no network. */
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

import type { Browser, BrowserContext, Page } from '@playwright/test';

/** A report in a browser of its own. */
export interface IReport {
  page: Page;
  /** Addresses that it asked for, beside the file itself. */
  requests: string[];
  /** What the console and uncaught exceptions said, warnings about its policy among it. */
  errors: string[];
  /** Show everything once: charts are drawn when they are first seen. */
  scrollThrough(): Promise<void>;
  close(): Promise<void>;
}

/** How a report is looked at. */
export interface IOptions {
  /** Of the window, in pixels. */
  width?: number;
  dark?: boolean;
  scripts?: boolean;
}

const opened: BrowserContext[] = [];

/** Close the reports that are open, and nothing else. */
export async function closeReports(): Promise<void> {
  await Promise.all(opened.splice(0).map(context => context.close()));
}

/** Save a report as a file and open it. */
export async function openOffline(
  browser: Browser,
  html: string,
  path: string
): Promise<IReport> {
  writeFileSync(path, html);
  return openFile(browser, pathToFileURL(path).href, { width: 1200 });
}

/** Open a file that may load nothing else. */
export async function openFile(
  browser: Browser,
  url: string,
  { width = 1440, dark = false, scripts = true }: IOptions = {}
): Promise<IReport> {
  const context = await browser.newContext({
    offline: true,
    extraHTTPHeaders: {},
    javaScriptEnabled: scripts,
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    viewport: { width, height: 900 }
  });
  opened.push(context);
  const page = await context.newPage();
  const requests: string[] = [];
  const errors: string[] = [];
  page.on('request', request => {
    const address = request.url();
    if (address.split('#')[0] !== url && !address.startsWith('data:')) {
      requests.push(address);
    }
  });
  page.on('pageerror', error => errors.push(error.message));
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) {
      errors.push(message.text());
    }
  });
  await page.goto(url);
  return {
    page,
    requests,
    errors,
    scrollThrough: async () => {
      await page.evaluate(async () => {
        for (let y = 0; y < document.body.scrollHeight; y += 400) {
          window.scrollTo(0, y);
          await new Promise(resolve => setTimeout(resolve, 60));
        }
        window.scrollTo(0, 0);
        await new Promise(resolve => setTimeout(resolve, 300));
      });
    },
    close: () => context.close()
  };
}
