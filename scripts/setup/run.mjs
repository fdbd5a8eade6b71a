import { spawn, spawnSync } from 'node:child_process';

/** Something that the person at the keyboard can mend: its message is one clear sentence. */
export class Problem extends Error {}

/** How many lines of a failed command's output are shown. */
const TAIL_LINES = 30;

/**
 * Run a script's main function: a `Problem` is printed as a sentence and ends with status 1.
 * @param {() => Promise<number | void>} main Returns the exit status, 0 if none.
 */
export async function runMain(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    const text =
      error instanceof Problem
        ? error.message
        : `${process.env.TORCHPROF_TRACE ? error.stack : error.message}\n\nThis was not foreseen: please report it, with what TORCHPROF_TRACE=1 prints.`;
    process.stderr.write(`\n${text}\n`);
    process.exitCode = 1;
  }
}

/**
 * Run a command quietly; when it fails, throw a `Problem` that ends with the tail of its output.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, problem: string }} options `problem` is the
 * sentence that says what failed and what to do about it.
 * @returns {Promise<string>} What the command wrote to standard output.
 */
export async function runQuietly(command, args, options) {
  const { status, stdout, output } = await capture(command, args, options);
  if (status !== 0) {
    const tail = output.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
    throw new Problem(tail ? `${tail}\n\n${options.problem}` : options.problem);
  }
  return stdout;
}

/**
 * Run a command in the foreground, its output going straight to the terminal.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<number>} The exit status.
 */
export async function runLoudly(command, args, options = {}) {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    stdio: 'inherit'
  });
  return exitStatus(child);
}

/**
 * What a command prints to standard output, or null when it cannot be run or fails.
 * @param {string} command
 * @param {string[]} args
 * @returns {string | null}
 */
export function probe(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  return result.status === 0 ? result.stdout.trim() : null;
}

/**
 * The command line of an npm subcommand, run with this very Node.js where npm says where it is.
 * @param {string[]} args
 * @returns {[string, string[]]}
 */
export function npm(args) {
  const script = process.env.npm_execpath;
  if (script?.endsWith('.js')) {
    return [process.execPath, [script, ...args]];
  }
  return process.platform === 'win32'
    ? [process.env.ComSpec ?? 'cmd.exe', ['/d', '/s', '/c', 'npm.cmd', ...args]]
    : ['npm', args];
}

/**
 * Run a command quietly.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<{ status: number, stdout: string, output: string }>} `output` has both streams.
 */
export async function capture(command, args, options) {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe']
  });
  let stdout = '';
  let output = '';
  child.stdout.setEncoding('utf8').on('data', text => {
    stdout += text;
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', text => {
    output += text;
  });
  return { status: await exitStatus(child), stdout, output };
}

/** The exit status of a child process; 127 if it could not be started, as in a shell. */
function exitStatus(child) {
  return new Promise(resolve => {
    child.on('error', () => resolve(127));
    child.on('close', status => resolve(status ?? 1));
  });
}
