/** The slowest tests of a run, from the reports that pytest, jest and Playwright write. */
import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

import { root } from '../setup/paths.mjs';

const PYTEST = 'pytest';
const PLAYWRIGHT = 'playwright';
/** It runs the tests of test/accelerator, which have a report of their own. */
const RUNS_OTHERS = /test_on_accelerator/;

/**
 * What makes a command write a report.
 * @param {'pytest' | 'jest' | 'playwright' | undefined} kind
 * @param {string} folder Where all reports of a run go.
 * @returns {{ args: string[], env: NodeJS.ProcessEnv }}
 */
export function reporting(kind, folder) {
  switch (kind) {
    case 'pytest': // a file for each process, see test/conftest.py
      return {
        args: [],
        env: { TORCHPROF_TEST_REPORTS: join(folder, PYTEST) }
      };
    case 'jest':
      return {
        args: ['--json', `--outputFile=${join(folder, 'jest.json')}`],
        env: {}
      };
    case PLAYWRIGHT: {
      const file = join(folder, PLAYWRIGHT, `${randomUUID()}.json`);
      return {
        args: ['--reporter=list,json'],
        env: { PLAYWRIGHT_JSON_OUTPUT_NAME: file }
      };
    }
    default:
      return { args: [], env: {} };
  }
}

/**
 * The slowest tests, as lines to print.
 * @param {string} folder
 * @param {number} count
 */
export function slowest(folder, count) {
  return [...ofPytest(folder), ...ofJest(folder), ...ofPlaywright(folder)]
    .sort((one, other) => other.seconds - one.seconds)
    .slice(0, count)
    .map(({ seconds, name }) => `${seconds.toFixed(1).padStart(7)} s  ${name}`);
}

function ofPytest(folder) {
  const pattern =
    /<testcase classname="([^"]*)" name="([^"]*)" time="([^"]*)"/g;
  return files(join(folder, PYTEST)).flatMap(file =>
    [...readFileSync(file, 'utf8').matchAll(pattern)]
      .map(([, module, name, seconds]) => ({
        name: `${module.replaceAll('.', '/').replace(/(test_\w+)/, '$1.py')} ${plain(name)}`,
        seconds: Number(seconds)
      }))
      .filter(({ name }) => !RUNS_OTHERS.test(name))
  );
}

/** A name as it was before it stood in an attribute of XML. */
function plain(name) {
  const characters = { lt: '<', gt: '>', quot: '"', amp: '&' };
  return name.replace(/&(lt|gt|quot|amp);/g, (_, entity) => characters[entity]);
}

function ofJest(folder) {
  const { testResults = [] } = json(join(folder, 'jest.json'));
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ fullName, duration }) => ({
      name: `${relative(root, name)} ${fullName}`,
      seconds: (duration ?? 0) / 1000
    }))
  );
}

function ofPlaywright(folder) {
  const suites = files(join(folder, PLAYWRIGHT)).flatMap(
    file => json(file).suites ?? []
  );
  const inside = suite => [
    ...(suite.specs ?? []).map(({ file, title, tests }) => ({
      name: `test/e2e/${file} ${title}`,
      seconds:
        tests
          .flatMap(test => test.results)
          .reduce((sum, { duration }) => sum + duration, 0) / 1000
    })),
    ...(suite.suites ?? []).flatMap(inside)
  ];
  return suites.flatMap(inside);
}

function files(folder) {
  try {
    return readdirSync(folder).map(name => join(folder, name));
  } catch {
    return []; // they were not run
  }
}

function json(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {}; // it was not run, or not to its end
  }
}
