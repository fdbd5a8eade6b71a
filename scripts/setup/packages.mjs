import { nodeModule, root } from './paths.mjs';
import { npm, Problem, runQuietly } from './run.mjs';
import { digest, isDone, markDone } from './stamp.mjs';

const stamp = nodeModule('.setup-stamp');

/** The oldest Node.js that JupyterLab's builder runs on. */
const minimumNode = [20, 19];

/** The step that installs the npm packages of the lock file. */
export const npmPackages = {
  title: 'Installing the npm packages (about a minute)',
  made: 'npm packages installed',

  isDone() {
    checkNode();
    return isDone(stamp, inputs(), [nodeModule('typescript/package.json')]);
  },

  async run() {
    const [command, args] = npm(['ci', '--no-audit', '--no-fund']);
    await runQuietly(command, args, {
      cwd: root,
      problem:
        'The npm packages could not be installed: check the network connection (or the proxy that npm is configured with) and run the command again.'
    });
    markDone(stamp, inputs());
  }
};

function inputs() {
  return digest(['package-lock.json'], [process.platform, process.arch]);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [needMajor, needMinor] = minimumNode;
  if (major < needMajor || (major === needMajor && minor < needMinor)) {
    throw new Problem(
      `Node.js ${minimumNode.join('.')} or newer is needed, and this is ${process.versions.node}: install a newer one from https://nodejs.org.`
    );
  }
}
