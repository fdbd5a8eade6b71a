/**
 * `npm test`: install and build what is missing, then run every check, stopping at the first that
 * fails.
 *
 *   npm test -- --only jest,pytest   only these steps; the names are those of `steps` below
 *   npm test -- --keep-going         all steps, also after one has failed
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { browserMissing, findBrowser, findCommand } from './setup/browser.mjs';
import { inRoot, nodeModule, root, venvBin } from './setup/paths.mjs';
import { Problem, runLoudly, runMain } from './setup/run.mjs';
import { setUp } from './setup/steps.mjs';

const python = venvBin('python');

/** A command of an npm package, run with this Node.js. */
const node = (script, ...args) => [
  process.execPath,
  [nodeModule(script), ...args]
];

/**
 * The steps: what each is called, does, and tells when it fails. A step passes when all of its
 * commands do.
 */
const steps = [
  {
    name: 'lint',
    title: 'Style of TypeScript, CSS and Python',
    advice:
      '`npm run lint` and `.venv/bin/ruff check --fix && .venv/bin/ruff format` mend most.',
    commands: [
      node('eslint/bin/eslint.js', '.', '--max-warnings', '0'),
      node('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'),
      node('stylelint/bin/stylelint.mjs', 'style/**/*.css'),
      [python, ['-m', 'ruff', 'check', '.']],
      [python, ['-m', 'ruff', 'format', '--check', '.']]
    ]
  },
  {
    name: 'types',
    title: 'Types of TypeScript and Python',
    advice: 'Mend the errors above.',
    commands: [
      node('typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.test.json'),
      [python, ['-m', 'mypy']]
    ]
  },
  {
    name: 'generated',
    title: 'Generated files are current',
    advice: '`npm run generate` writes them.',
    commands: [[process.execPath, [inRoot('scripts/generate.mjs'), '--check']]]
  },
  {
    name: 'jest',
    title: 'Unit tests of the front end',
    advice: 'Mend the tests above, or what they test.',
    commands: [node('jest/bin/jest.js', '--passWithNoTests')]
  },
  {
    name: 'pytest',
    title: 'Tests of the kernel side',
    advice: 'Mend the tests above, or what they test.',
    commands: [[python, ['-m', 'pytest', '-q']]],
    prerequisite: compiler
  },
  {
    name: 'browser',
    title: 'Tests in a browser, against a real JupyterLab',
    advice: 'test-results/ has the traces: `npx playwright show-trace FILE`.',
    commands: [
      node(
        '@playwright/test/cli.js',
        'test',
        '--config',
        'test/e2e/playwright.config.mts'
      )
    ],
    prerequisite: browser
  }
];

await runMain(async () => {
  const { chosen, keepGoing } = readOptions();
  const results = [await runStep(preparation(chosen))];
  for (const step of chosen) {
    const [prepared] = results;
    if (prepared.problem || (!keepGoing && results.at(-1).problem)) {
      break;
    }
    results.push(await runStep(step));
  }
  const failures = results.filter(result => result.problem);
  for (const { title, problem } of failures) {
    process.stdout.write(`\n${title}: failed. ${problem}\n`);
  }
  process.stdout.write(
    `\n${results.length - failures.length} passed, ${failures.length} failed\n`
  );
  return failures.length > 0 ? 1 : 0;
});

/** The step before all others: what is missing on this machine is said before anything runs. */
function preparation(chosen) {
  return {
    name: 'set-up',
    title: 'What the checks need',
    async run() {
      for (const step of chosen) {
        await step.prerequisite?.();
      }
      await setUp();
    }
  };
}

function readOptions() {
  let values;
  try {
    ({ values } = parseArgs({
      options: { only: { type: 'string' }, 'keep-going': { type: 'boolean' } }
    }));
  } catch (error) {
    throw new Problem(
      `${error.message}. The options of npm test are --only STEP,STEP and --keep-going, after \`--\`.`
    );
  }
  const names = steps.map(step => step.name);
  const wanted = values.only?.split(',') ?? names;
  const unknown = wanted.find(name => !names.includes(name));
  if (unknown !== undefined) {
    throw new Problem(
      `There is no step ${unknown}: the steps are ${names.join(', ')}.`
    );
  }
  return {
    chosen: steps.filter(step => wanted.includes(step.name)),
    keepGoing: values['keep-going'] ?? false
  };
}

/** Run one step; `problem` says what is wrong, if something is. */
async function runStep(step) {
  process.stdout.write(`\n── ${step.name}: ${step.title}\n`);
  const started = Date.now();
  let problem = null;
  try {
    await step.run?.();
    for (const [command, args] of step.commands ?? []) {
      if ((await runLoudly(command, args, { cwd: root })) !== 0) {
        problem = step.advice;
      }
    }
  } catch (error) {
    if (!(error instanceof Problem)) {
      throw error;
    }
    problem = error.message;
  }
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stdout.write(
    `── ${step.name}: ${problem ? 'FAILED' : 'passed'} in ${seconds} s\n`
  );
  return { title: step.title, problem };
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
