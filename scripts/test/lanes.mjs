/**
 * Runs commands beside each other, one more than there are processors: tests, those in a browser
 * above all, mostly wait.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

import { failedTests, onlyFailed } from './again.mjs';

/** What pytest and Playwright end with when a test has failed: other ends are no test's. */
const TESTS_FAILED = 1;
/** More would not end sooner: this is how many long commands there are. */
const MOST_LANES = 4;

/**
 * Run commands beside each other; what one prints comes in one piece when it has ended.
 * @template {{ command: string, args: string[], minutes?: number, reports?: string }} Command
 * @param {Command[]} commands
 * @param {object} options
 * @param {string} options.cwd
 * @param {(command: Command) => NodeJS.ProcessEnv} options.env
 * @param {(command: Command, result: { status: number, output: string, unsteady: string[] }) => boolean} options.ended
 * Told of each command that has ended; false: the others need not go on. `unsteady`: its tests that
 * failed at first, and then passed.
 */
export async function runInLanes(commands, { cwd, env, ended }) {
  const waiting = [...commands];
  const running = new Set();
  let stopped = false;

  /** The longest first; some lanes begin with those of unknown length, which may fail soon. */
  const next = quick => {
    const rank = ({ minutes }) =>
      minutes ?? (quick ? Number.MAX_SAFE_INTEGER : 0);
    waiting.sort((one, other) => rank(other) - rank(one));
    return stopped ? undefined : waiting.shift();
  };

  const run = async (command, args) => {
    const child = spawn(command.command, args, {
      cwd,
      env: env(command),
      stdio: ['ignore', 'pipe', 'pipe']
    });
    running.add(child);
    const result = await outcome(child);
    running.delete(child);
    return result;
  };

  const tried = async command => {
    const first = await run(command, command.args);
    const again = onlyFailed(command);
    if (first.status !== TESTS_FAILED || !again || stopped) {
      return { ...first, unsteady: [] };
    }
    const second = await run(command, again);
    return {
      status: second.status,
      output: `${first.output}\nOnce more those that failed\n${second.output}`,
      unsteady: second.status === 0 ? failedTests(first.output) : []
    };
  };

  const lane = async quick => {
    for (let command; (command = next(quick));) {
      const result = await tried(command);
      if (!stopped && !ended(command, result)) {
        stopped = true;
        // As Ctrl-C does, upon which tests stop their kernels and servers.
        running.forEach(other => other.kill('SIGINT'));
      }
    }
  };
  const lanes = Math.min(availableParallelism() + 1, MOST_LANES);
  await Promise.all(
    Array.from({ length: lanes }, (_, number) => lane(number % 2 === 1))
  );
}

/** A command's status and all that it printed; 127 if it could not be started, as in a shell. */
function outcome(child) {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      output += text;
    });
  }
  return new Promise(resolve => {
    child.on('error', () => resolve({ status: 127, output }));
    child.on('close', status => resolve({ status: status ?? 1, output }));
  });
}
