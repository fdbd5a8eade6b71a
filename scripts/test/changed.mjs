/** Which checks a change can touch, by the folders of its files. */
import { root } from '../setup/paths.mjs';
import { Problem, probe } from '../setup/run.mjs';

const STYLE = ['lint', 'types'];
const ALL = ['test/kernel'];
const CORPUS = 'test/kernel/test_corpus.py';
const ACCELERATOR = 'test/kernel/test_on_accelerator.py';
const PACKAGE = 'python_ext/jupyterlab_torchprof';
const kernel = (...paths) => paths.map(path => `test/kernel/${path}`);

/**
 * From the first rule whose pattern fits a file: the steps, and the paths of pytest's tests. A file
 * that none fits touches everything.
 * @type {[RegExp, string[], string[]?][]}
 */
const RULES = [
  [/^(README|RELEASE)\.md$/, ['lint'], kernel('test_bounds.py')],
  [/\.md$|^docs\/|^LICENSE$|^\.github\//, ['lint', 'generated']],
  [/^examples\//, ['lint', 'browser'], kernel('cli')],
  [/^src\/record\//, [...STYLE, 'generated', 'jest', 'browser']],
  [/^(src|style)\//, [...STYLE, 'jest', 'browser']],
  [/^schema\//, [...STYLE, 'generated', 'jest', 'browser']],
  [/^test\/unit\/fixtures\//, [...STYLE, 'jest'], ALL],
  [/^test\/unit\//, [...STYLE, 'jest']],
  [/^test\/e2e\//, [...STYLE, 'browser']],
  [/^test\/bench\//, STYLE],
  [/^test\/notebooks\/|^test\/corpus/, STYLE, [CORPUS, ACCELERATOR]],
  [/^test\/(accelerator|simgpu)\//, STYLE, [ACCELERATOR]],
  [/^test\/kernel\/golden\//, STYLE, kernel('fixes')],
  [/^test\/kernel\/[^/]+\//, STYLE, ['$&']],
  [/^test\/kernel\/test_\w+\.py$/, STYLE, ['$&']],
  [
    new RegExp(`^${PACKAGE}/(advice|fixes)/`),
    [...STYLE, 'generated'],
    [...kernel('advice', 'fixes', 'errors', 'cli'), CORPUS, ACCELERATOR]
  ],
  [
    new RegExp(`^${PACKAGE}/(cli|headless|comparison)/`),
    STYLE,
    kernel('cli', 'comparison')
  ],
  [
    new RegExp(`^${PACKAGE}/doctor/`),
    STYLE,
    [...kernel('cli', 'test_magics.py'), ACCELERATOR]
  ]
];

/**
 * The names of the steps that changed files touch, and the paths of pytest's tests among them.
 * @param {string[]} files Relative to the root, with forward slashes.
 * @returns {{ steps: Set<string>, tests: string[] | undefined }} `tests` undefined: all of them.
 */
export function touched(files) {
  const steps = new Set();
  const tests = new Set();
  for (const file of files) {
    const [pattern, names, paths = []] =
      RULES.find(([pattern]) => pattern.test(file)) ?? [];
    if (pattern === undefined) {
      return {
        steps: new Set([...STYLE, 'generated', 'jest', 'pytest', 'browser']),
        tests: undefined
      };
    }
    names.forEach(name => steps.add(name));
    paths.forEach(path => tests.add(path.replace('$&', pattern.exec(file)[0])));
  }
  if (tests.size > 0) {
    steps.add('pytest');
  }
  const all = ALL.every(path => tests.has(path));
  return { steps, tests: all ? undefined : [...tests].sort() };
}

/** The files that differ from the branch that changes are made for, and those not committed. */
export function changedFiles() {
  const git = (...args) => probe('git', ['-C', root, ...args]);
  const base =
    git('merge-base', 'HEAD', 'origin/main') ??
    git('merge-base', 'HEAD', 'main') ??
    'HEAD';
  const differing = git('diff', '--name-only', '--no-renames', base);
  const unknown = git('ls-files', '--others', '--exclude-standard');
  if (differing === null || unknown === null) {
    throw new Problem(
      'What has changed cannot be told, since this is no clone of git: run npm test without --changed.'
    );
  }
  return [...differing.split('\n'), ...unknown.split('\n')].filter(Boolean);
}
