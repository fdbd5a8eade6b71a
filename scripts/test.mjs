/**
 * `npm test`: install and build what is missing, then run every check, long ones beside each other,
 * stopping at the first that fails.
 *
 *   npm test -- --only jest,pytest   only these steps; the names are those in test/steps.mjs
 *   npm test -- --changed            only what the changes since the main branch can touch
 *   npm test -- --keep-going         all steps, also after one has failed
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { root } from './setup/paths.mjs';
import { Problem, runMain } from './setup/run.mjs';
import { setUp } from './setup/steps.mjs';
import { changedFiles, touched } from './test/changed.mjs';
import { runInLanes } from './test/lanes.mjs';
import { reporting, slowest } from './test/slowest.mjs';
import { steps } from './test/steps.mjs';

/** How many of the slowest tests are named in the end. */
const SLOWEST = 10;

await runMain(async () => {
  const { chosen, keepGoing, tests } = readOptions();
  const prepared = await prepare(chosen);
  const results = prepared.problem
    ? [prepared]
    : [prepared, ...(await runSteps(chosen, tests, keepGoing))];
  const failures = results.filter(result => result.problem);
  for (const { title, problem } of failures) {
    process.stdout.write(`\n${title}: failed. ${problem}\n`);
  }
  process.stdout.write(
    `\n${results.length - failures.length} passed, ${failures.length} failed\n`
  );
  return failures.length > 0 ? 1 : 0;
});

function readOptions() {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        only: { type: 'string' },
        changed: { type: 'boolean' },
        'keep-going': { type: 'boolean' }
      }
    }));
  } catch (error) {
    throw new Problem(
      `${error.message}. The options of npm test are --only STEP,STEP, --changed and --keep-going, after \`--\`.`
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
  const changes = values.changed ? touched(changedFiles()) : undefined;
  return {
    chosen: steps.filter(
      ({ name }) =>
        wanted.includes(name) && (!changes || changes.steps.has(name))
    ),
    keepGoing: values['keep-going'] ?? false,
    tests: changes?.tests
  };
}

/** The step before all others: what is missing on this machine is said before anything runs. */
async function prepare(chosen) {
  const title = 'What the checks need';
  process.stdout.write(`\n── set-up: ${title}\n`);
  const started = Date.now();
  let problem = null;
  try {
    for (const step of chosen) {
      await step.prerequisite?.();
    }
    await setUp();
  } catch (error) {
    if (!(error instanceof Problem)) {
      throw error;
    }
    problem = error.message;
  }
  sayEnd('set-up', problem, started);
  return { title, problem };
}

/** Run the steps beside each other; the results are those of the steps that came to an end. */
async function runSteps(chosen, tests, keepGoing) {
  const reports = mkdtempSync(join(tmpdir(), 'torchprof-test-'));
  const started = Date.now();
  const left = new Map(chosen.map(step => [step, 0]));
  const problems = new Map();
  const results = [];
  const unsteady = [];
  const commands = chosen.flatMap(step =>
    step.commands(step.name === 'pytest' ? tests : undefined).map(command => {
      const { args, env } = reporting(command.reports, reports);
      left.set(step, left.get(step) + 1);
      return { ...command, args: [...command.args, ...args], env, step };
    })
  );
  process.stdout.write(
    `\n${chosen.map(step => step.name).join(', ') || 'Nothing'} to run; the output of each command comes when it has ended\n`
  );
  try {
    await runInLanes(commands, {
      cwd: root,
      env: ({ env }) => ({ ...compiledOnce(), ...coloured(), ...env }),
      ended({ step }, { status, output, unsteady: passedLater }) {
        if (output.trim()) {
          process.stdout.write(`\n── ${step.name}: ${step.title}\n${output}`);
        }
        unsteady.push(...passedLater);
        left.set(step, left.get(step) - 1);
        if (status !== 0) {
          problems.set(step, step.advice);
        }
        const problem = problems.get(step) ?? null;
        const over = left.get(step) === 0 || (problem && !keepGoing);
        if (over) {
          sayEnd(step.name, problem, started);
          results.push({ title: step.title, problem });
        }
        return keepGoing || !problem;
      }
    });
    const lines = slowest(reports, SLOWEST);
    if (lines.length > 0) {
      process.stdout.write(`\nThe slowest tests\n${lines.join('\n')}\n`);
    }
    if (unsteady.length > 0) {
      process.stdout.write(
        `\nThese failed at first and passed at a second try: make them steady\n${unsteady.join('\n')}\n`
      );
    }
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
  return results;
}

function sayEnd(name, problem, started) {
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stdout.write(
    `── ${name}: ${problem ? 'FAILED' : 'passed'} after ${seconds} s\n`
  );
}

/** This environment, in which Python keeps what it compiles: a hundred kernels import the same. */
function compiledOnce() {
  const env = { ...process.env };
  delete env.PYTHONDONTWRITEBYTECODE;
  return env;
}

/** Programs that write into a pipe are told when it ends in a terminal. */
function coloured() {
  return process.stdout.isTTY ? { FORCE_COLOR: '1', PY_COLORS: '1' } : {};
}
