/** What `npm test` checks: what each step is called, does, needs, and tells when it fails. */
import { existsSync } from 'node:fs';

import { browserMissing, findBrowser, findCommand } from '../setup/browser.mjs';
import { inRoot, nodeModule, venvBin } from '../setup/paths.mjs';
import { Problem } from '../setup/run.mjs';

const python = venvBin('python');

/** A command of an npm package, run with this Node.js. */
const node = (script, ...args) => ({
  command: process.execPath,
  args: [nodeModule(script), ...args]
});

const inPython = (module, ...args) => ({
  command: python,
  args: ['-m', module, ...args]
});

/** The parts of the kernel's tests that have a process, and so a lane, of their own. */
const CORPUS = 'test/kernel/test_corpus.py';
/** Makes use of the runs of the corpus, where it is in one process with it. */
const SAFE_FIXES = 'test/kernel/test_safe_fixes.py';
const ACCELERATOR = 'test/kernel/test_on_accelerator.py';
const LIBRARIES = 'test/kernel/libraries';
const CACHE = '.pytest_cache/parts';
/** These run notebooks and kernels: about as long as all the others together. */
const LONG = [
  'test/kernel/cli',
  'test/kernel/test_fresh_process.py',
  'test/kernel/test_packed.py'
];

/**
 * A command of a step.
 * @typedef {object} ICommand
 * @property {string} command
 * @property {string[]} args
 * @property {'pytest' | 'jest' | 'playwright'} [reports] Whose report of its tests it writes.
 * @property {number} [minutes] About how long it takes, if that is long: such ones start first.
 */

/**
 * A step. It passes when all of its commands do.
 * @typedef {object} IStep
 * @property {string} name
 * @property {string} title
 * @property {string} advice
 * @property {(paths?: string[]) => ICommand[]} commands Those for these paths; for all, without.
 * @property {() => void | Promise<void>} [prerequisite]
 */

/** @type {IStep[]} */
export const steps = [
  {
    name: 'lint',
    title: 'Style of TypeScript, CSS and Python',
    advice:
      '`npm run lint` and `.venv/bin/ruff check --fix && .venv/bin/ruff format` mend most.',
    commands: () => [
      node('eslint/bin/eslint.js', '.', '--max-warnings', '0'),
      node('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'),
      node('stylelint/bin/stylelint.mjs', 'style/**/*.css'),
      inPython('ruff', 'check', '.'),
      inPython('ruff', 'format', '--check', '.')
    ]
  },
  {
    name: 'types',
    title: 'Types of TypeScript and Python',
    advice: 'Mend the errors above.',
    commands: () => [
      node('typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.test.json'),
      inPython('mypy')
    ]
  },
  {
    name: 'generated',
    title: 'Generated files are current',
    advice: '`npm run generate` writes them.',
    commands: () => [
      {
        command: process.execPath,
        args: [inRoot('scripts/generate.mjs'), '--check']
      }
    ]
  },
  {
    name: 'jest',
    title: 'Unit tests of the front end',
    advice: 'Mend the tests above, or what they test.',
    commands: () => [
      {
        // In lanes there is one processor for it.
        ...node('jest/bin/jest.js', '--passWithNoTests', '--maxWorkers=1'),
        reports: 'jest',
        minutes: 4
      }
    ]
  },
  {
    name: 'pytest',
    title: 'Tests of the kernel side',
    advice: 'Mend the tests above, or what they test.',
    commands: paths => pytest(paths),
    prerequisite: compiler
  },
  {
    name: 'browser',
    title: 'Tests in a browser, against a real JupyterLab',
    advice: 'test-results/ has the traces: `npx playwright show-trace FILE`.',
    commands: () => [1, 2].map(browserPart),
    prerequisite: browser
  }
];

/** One of two halves of the browser's tests, each with a server of its own. */
function browserPart(number) {
  return {
    ...node(
      '@playwright/test/cli.js',
      'test',
      ...['--config', 'test/e2e/playwright.config.mts'],
      ...['--shard', `${number}/2`, '--output', `test-results/${number}`]
    ),
    reports: 'playwright',
    minutes: 6
  };
}

/** The kernel's tests, or those under some paths, in up to five processes. */
function pytest(paths = ['test/kernel', CORPUS, ACCELERATOR]) {
  let parts = 0;
  const part = (minutes, ...args) => ({
    // Each remembers by itself which of its tests failed.
    ...inPython('pytest', '-q', '-o', `cache_dir=${CACHE}/${parts++}`, ...args),
    reports: 'pytest',
    minutes
  });
  const all = paths.includes('test/kernel');
  const others = paths.filter(path => path !== CORPUS && path !== ACCELERATOR);
  const apart = [
    CORPUS,
    ACCELERATOR,
    ...(all ? [LIBRARIES, SAFE_FIXES, ...LONG] : [])
  ];
  return [
    ...(others.length > 0
      ? [part(6, ...others, ...apart.map(path => `--ignore=${path}`))]
      : []),
    ...(all ? [part(1, LIBRARIES), part(5, ...LONG)] : []),
    ...(paths.includes(CORPUS)
      ? [part(6, CORPUS, ...(all ? [SAFE_FIXES] : []))]
      : []),
    ...(paths.includes(ACCELERATOR) ? [part(6, ACCELERATOR)] : [])
  ];
}

/** torch.compile, which some tests use, needs a C++ compiler. */
function compiler() {
  const names = [process.env.CXX, 'g++', 'clang++', 'c++', 'cl'].filter(
    Boolean
  );
  if (!names.some(name => existsSync(name) || findCommand(name))) {
    throw new Problem(
      'No C++ compiler was found, and the tests of torch.compile need one: install it (on Debian and Ubuntu: apt install g++; on macOS: xcode-select --install).'
    );
  }
}

async function browser() {
  if (!findBrowser(await playwrightsBrowser())) {
    throw new Problem(browserMissing);
  }
}

/** Where Playwright's own browser would be; undefined while the npm packages are not installed. */
async function playwrightsBrowser() {
  try {
    const { chromium } = await import('@playwright/test');
    return chromium.executablePath();
  } catch {
    return undefined;
  }
}
