/**
 * A second try for tests that failed, as some do on a machine that is busy with other things.
 *
 * What is wrong fails twice. What passes then is named in the end, so that it is not forgotten.
 */

/**
 * The arguments with which a command runs only those of its tests that failed; undefined: it has
 * none such.
 * @param {{ args: string[], reports?: 'pytest' | 'jest' | 'playwright' }} command
 */
export function onlyFailed({ args, reports }) {
  switch (reports) {
    case 'pytest':
      return [...args, '--last-failed', '--last-failed-no-failures=none'];
    case 'playwright': {
      // A part of those that failed would be run otherwise.
      const shard = args.indexOf('--shard');
      const all = shard < 0 ? args : args.toSpliced(shard, 2);
      return [...all, '--last-failed'];
    }
    default:
      return undefined;
  }
}

/**
 * Names of the tests that failed, one for each line of the summary in which a tool tells them.
 * @param {string} output
 */
export function failedTests(output) {
  const pytest = [
    ...output.matchAll(/^(?:FAILED|ERROR) (\S+::[^\n]*?)(?: - |$)/gm)
  ];
  const playwright = [
    ...output.matchAll(/^ {4}(\S+\.spec\.ts:\d+:\d+ › .*?) *─*$/gm)
  ];
  return [...pytest, ...playwright].map(([, name]) => name);
}
