import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where browsers of Chromium's family are installed outside of the PATH. */
const installed = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge'
  ],
  linux: [
    '/usr/lib/chromium/chromium',
    '/opt/google/chrome/chrome',
    '/snap/bin/chromium'
  ],
  win32: ['ProgramFiles', 'ProgramFiles(x86)', 'LocalAppData']
    .map(name => process.env[name])
    .filter(Boolean)
    .flatMap(folder => [
      join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe'),
      join(folder, 'Microsoft', 'Edge', 'Application', 'msedge.exe')
    ])
};

const names = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome'
];

/**
 * The executable of a browser for the browser tests: `CHROMIUM_PATH`, one of the system's, or the
 * one that Playwright downloaded.
 * @param {string | undefined} playwrights Where Playwright has its own, if it has one.
 * @returns {string | null}
 */
export function findBrowser(playwrights) {
  if (process.env.CHROMIUM_PATH) {
    return existsSync(process.env.CHROMIUM_PATH)
      ? process.env.CHROMIUM_PATH
      : null;
  }
  const candidates = [
    ...names.map(findCommand),
    ...(installed[process.platform] ?? []),
    playwrights
  ];
  return candidates.find(path => path && existsSync(path)) ?? null;
}

/** What to do when `findBrowser` finds none. */
export const browserMissing =
  'No browser for the browser tests was found: install one (on Debian: apt install chromium; elsewhere: Google Chrome, or `npx playwright install chromium`), or set CHROMIUM_PATH to its executable.';

/**
 * The path of a command, or null.
 * @param {string} name
 */
export function findCommand(name) {
  const extensions = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const extension of extensions) {
      const path = join(folder, name + extension);
      if (folder && existsSync(path)) {
        return path;
      }
    }
  }
  return null;
}
