/**
 * `npm run test:versions -- [oldest] [2.9] [newest]`: the kernel side with other versions of PyTorch.
 *
 * Makes an environment for each version in a temporary folder (several GB, some minutes), runs the
 * probes' tests, the corpus and the examples there, compares the examples' advice with what the
 * pinned version gets, prints a table, and removes the environment. Run it before a release and
 * whenever hooks change.
 *
 *   npm run test:versions                   oldest, 2.9 and newest
 *   npm run test:versions -- 2.6.0          these versions only
 *   npm run test:versions -- --in FOLDER    keep the environments there, and use those that are
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { inRoot, root, venvBin } from './setup/paths.mjs';
import { capture, probe, Problem, runMain, runQuietly } from './setup/run.mjs';
import { setUp } from './setup/steps.mjs';

const EXAMPLES = ['tutorial', 'inference', 'advice'];

/** What of requirements-dev.txt only other checks need, libraries that skip, and PyTorch itself. */
const LEFT_OUT =
  /^(torch|jupyterlab|notebook|jupyter-builder|nbconvert|build|editables|mypy|ruff|types-\S+|accelerate|diffusers|lightning|safetensors|skorch|transformers)==/;

await runMain(async () => {
  const { values, positionals } = parseArgs({
    options: { in: { type: 'string' } },
    allowPositionals: true
  });
  const wanted = positionals.length ? positionals : ['oldest', '2.9', 'newest'];
  await setUp();
  const versions = wanted.map(resolve);
  const folder = values.in ?? mkdtempSync(join(tmpdir(), 'torchprof-'));
  mkdirSync(folder, { recursive: true });
  const expected = await adviceOf(venvBin('python'), folder);
  const rows = [];
  let failed = 0;
  for (const version of versions) {
    const home = join(folder, version);
    try {
      const row = await check(version, home, expected);
      failed += row.failed ? 1 : 0;
      rows.push(row.cells);
    } finally {
      if (values.in === undefined) {
        rmSync(home, { recursive: true, force: true });
      }
    }
  }
  if (values.in === undefined) {
    rmSync(folder, { recursive: true, force: true });
  }
  print(['PyTorch', "Probes' tests", 'Corpus', 'Advice in the examples'], rows);
  return failed > 0 ? 1 : 0;
});

/** A full version for `oldest`, `newest`, `2.9`, or what is one already. */
function resolve(name) {
  if (/^\d+\.\d+\.\d+/.test(name)) {
    return name;
  }
  const listed = probe(venvBin('python'), [
    ...['-m', 'pip', 'index', 'versions', 'torch'],
    '--disable-pip-version-check'
  ]);
  const all = [...(listed ?? '').matchAll(/\d+\.\d+\.\d+(?=[,\s]|$)/g)]
    .map(([version]) => version)
    .sort((a, b) => b.localeCompare(a, undefined, { numeric: true }));
  const prefix = name === 'oldest' ? oldest() : name === 'newest' ? '' : name;
  const found = all.find(
    version => prefix === '' || version.startsWith(`${prefix}.`)
  );
  if (found === undefined) {
    throw new Problem(
      `There is no PyTorch ${name} to be had: name a version such as 2.9 or 2.9.1, oldest or newest, and check the network connection.`
    );
  }
  return found;
}

/** The oldest version that the probes attach to, as they say it. */
function oldest() {
  const source = readFileSync(
    inRoot('python_ext/jupyterlab_torchprof/probes/torch_version.py'),
    'utf8'
  );
  const [, major, minor] = /^OLDEST = \((\d+), (\d+)\)/m.exec(source);
  return `${major}.${minor}`;
}

/** Run all that there is to run with one version. */
async function check(version, home, expected) {
  process.stdout.write(`\n── PyTorch ${version}\n`);
  const python = await environment(version, home);
  const probes = await pytest(python, [
    'test/kernel/probes',
    'test/kernel/errors',
    'test/kernel/actions',
    'test/kernel/ranks'
  ]);
  const corpus = await pytest(python, ['test/kernel/test_corpus.py']);
  const advice = compare(expected, await adviceOf(python, home));
  return {
    failed: probes.failed || corpus.failed || advice.failed,
    cells: [version, probes.words, corpus.words, advice.words]
  };
}

/** The Python of an environment with this version of PyTorch; made if it is not there. */
async function environment(version, home) {
  const python = venvBin('python', home);
  const done = join(home, '.installed');
  if (existsSync(done)) {
    return python;
  }
  process.stdout.write('Installing\n');
  const requirements = `${home}.txt`;
  const lines = readFileSync(inRoot('requirements-dev.txt'), 'utf8').split(
    '\n'
  );
  writeFileSync(
    requirements,
    [
      `torch==${version}`,
      'setuptools',
      ...lines.filter(line => !LEFT_OUT.test(line))
    ].join('\n')
  );
  await runQuietly(venvBin('python'), ['-m', 'venv', '--clear', home], {
    problem: `The environment could not be made in ${home}.`
  });
  await runQuietly(
    python,
    ['-m', 'pip', 'install', '--disable-pip-version-check', '-r', requirements],
    {
      problem: `PyTorch ${version} could not be installed: check that it exists for this Python, the network connection and the free disk space.`
    }
  );
  rmSync(requirements);
  writeFileSync(done, '');
  return python;
}

/** Run tests; what fails is printed. Warnings of other versions are theirs. */
async function pytest(python, paths) {
  const { stdout, output } = await capture(
    python,
    ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', '-W', 'default', ...paths],
    { cwd: root, env: ours() }
  );
  const summary = stdout.trimEnd().split('\n').at(-1) ?? '';
  const passed = Number(/(\d+) passed/.exec(summary)?.[1] ?? 0);
  const bad = [...output.matchAll(/^(FAILED|ERROR) .*$/gm)].map(
    ([line]) => line
  );
  process.stdout.write(`${[...bad, summary].join('\n')}\n`);
  const failed = bad.length > 0 || passed === 0;
  return {
    failed,
    words: failed
      ? `${passed} passed, ${bad.length} failed`
      : `${passed} passed`
  };
}

/** The advice that each example gets: cell and rule. */
async function adviceOf(python, folder) {
  const advice = new Set();
  for (const name of EXAMPLES) {
    const session = join(folder, `${name}.json`);
    // One example ends with an error on purpose, so the status says nothing.
    const { output } = await capture(
      python,
      [
        ...['-m', 'jupyterlab_torchprof.cli', 'run', `examples/${name}.ipynb`],
        ...['--json', session]
      ],
      { cwd: root, env: ours() }
    );
    if (!existsSync(session)) {
      throw new Problem(`${output}\n\nThe example ${name} did not run.`);
    }
    const { cells } = JSON.parse(readFileSync(session, 'utf8'));
    for (const cell of cells) {
      for (const { rule } of cell.advice ?? []) {
        advice.add(`${name} ${cell.cell_id} ${rule}`);
      }
    }
    rmSync(session);
  }
  return advice;
}

/** The package as it stands here, in whatever environment. */
function ours() {
  return { ...process.env, PYTHONPATH: inRoot('python_ext') };
}

function compare(expected, found) {
  const missing = [...expected].filter(one => !found.has(one));
  const more = [...found].filter(one => !expected.has(one));
  for (const one of missing) {
    process.stdout.write(`Not advised: ${one}\n`);
  }
  for (const one of more) {
    process.stdout.write(`Advised here only: ${one}\n`);
  }
  const same = expected.size - missing.length;
  const words = [`${same} of ${expected.size}`];
  if (more.length > 0) {
    words.push(`${more.length} more`);
  }
  return { failed: missing.length + more.length > 0, words: words.join(', ') };
}

function print(head, rows) {
  const all = [head, ...rows];
  const widths = head.map((_, at) =>
    Math.max(...all.map(row => row[at].length))
  );
  for (const row of all) {
    const line = row.map((cell, at) => cell.padEnd(widths[at])).join('  ');
    process.stdout.write(`\n${line.trimEnd()}`);
  }
  process.stdout.write('\n');
}
