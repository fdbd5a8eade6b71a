/**
 * What the extension costs the page, measured in a real browser with a real JupyterLab and a real
 * kernel:
 *
 *   npm run bench:frontend                       everything, some minutes
 *   npm run bench:frontend -- --only sizes,panel only these parts: sizes, startup, panel, memory
 *   npm run bench:frontend -- --runs 1000 --cells 250 --rounds 9
 *   npm run bench:frontend -- --extension DIR    another build, to compare with
 *   npm run bench:frontend -- --verbose          also the functions that take most
 *
 * Build first (`npm run build`). Numbers depend on the machine; nothing is asserted but that it
 * runs. Each cost of the panel stands beside that of the same cells in a JupyterLab without the
 * extension, and the start beside a second JupyterLab without it, as the control.
 */
import { parseArgs } from 'node:util';

import { chromium } from '@playwright/test';

import {
  browserMissing,
  findBrowser
} from '../../../scripts/setup/browser.mjs';
import { labextension } from '../../../scripts/setup/paths.mjs';
import { Problem, runMain } from '../../../scripts/setup/run.mjs';
import { median } from './lab.mjs';
import { startServer } from './server.mjs';
import {
  measureCells,
  measureMemory,
  measureOpening,
  measureRunning,
  openSession,
  profileCells,
  profileReload
} from './session.mjs';
import { measureSizes } from './sizes.mjs';
import { measureStartup } from './startup.mjs';

/** The numbers of samples after which the heap is measured. */
const MARKS = [1000, 4000, 7000, 10_000];

/** Looks at each page, of which the median counts. */
const ROUNDS = 3;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'sizes,startup,panel,memory' },
    runs: { type: 'string', default: '1000' },
    cells: { type: 'string', default: '250' },
    rounds: { type: 'string', default: '9' },
    extension: { type: 'string', default: labextension },
    verbose: { type: 'boolean', default: false }
  }
});
const parts = values.only.split(',');
const rounds = Number(values.rounds);
const size = { runs: Number(values.runs), cells: Number(values.cells) };

await runMain(async () => {
  const executablePath = findBrowser(chromium.executablePath());
  if (!executablePath) {
    throw new Problem(browserMissing);
  }
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage']
  });
  const servers = [];
  const start = async extension => {
    servers.push(await startServer({ extension }));
    return servers.at(-1);
  };
  try {
    const own = await start(values.extension);
    const plain = await start(null);
    if (parts.includes('sizes')) {
      await sizes(browser, own);
    }
    if (parts.includes('startup')) {
      await startup(browser, own, plain, await start(null));
    }
    if (parts.includes('panel') || parts.includes('memory')) {
      await session(browser, own, plain);
    }
  } finally {
    await browser.close();
    await Promise.all(servers.map(server => server.stop()));
  }
});

async function sizes(browser, own) {
  const { eager, eagerFiles, notebook, profiled } = await measureSizes(
    browser,
    own
  );
  title('JavaScript loaded');
  row('with JupyterLab', kilobytes(eager), '≤ 60 kB');
  if (values.verbose) {
    eagerFiles.forEach(([name, bytes]) => row(`    ${name}`, kilobytes(bytes)));
  }
  row('and with a notebook', kilobytes(notebook));
  row('and with its first profiled cell', kilobytes(profiled));
}

async function startup(browser, own, plain, control) {
  const results = await measureStartup(
    browser,
    [
      { name: 'with the extension', server: own },
      { name: 'without it', server: plain },
      { name: 'without it (control)', server: control }
    ],
    rounds
  );
  title(`Start of JupyterLab, median of ${rounds}`);
  for (const { name, median, low, high } of results) {
    row(name, ms(median), `${ms(low)} to ${ms(high)}`);
  }
}

async function session(browser, own, plain) {
  const lab = await openSession(browser, own, { ...size, profiled: true });
  if (parts.includes('panel')) {
    const openPlain = () =>
      openSession(browser, plain, {
        runs: 60,
        cells: size.cells,
        profiled: false
      });
    const pages = [lab, await openPlain(), await openPlain()];
    title(`With ${size.runs} runs of ${size.cells} cells, main thread`);
    const { first, again } = await measureOpening(lab, 5);
    row('opening the panel, first time: scripting', ms(first.script));
    row('  layout and style', ms(first.layout));
    row('opening it again: scripting', ms(again), '≤ 300 ms');
    const running = await inTurn(pages, page => measureRunning(page, 6));
    const samples = median(running[0].map(({ count }) => count)) / 6;
    const [live, still, control] = running.map(
      rounds => median(rounds.map(({ task }) => task)) / samples
    );
    row(
      'a live sample, all tasks beyond the plain page',
      ms(live - still),
      '≤ 4 ms'
    );
    row('  another plain page beyond it (control)', ms(control - still));
    const [each, base, other] = (
      await inTurn(pages, page => measureCells(page, 20))
    ).map(median);
    row('a finished cell, all tasks', ms(each));
    row('  in a plain page', ms(base));
    row('  difference', ms(each - base), '≤ 16 ms');
    row('  another plain page beyond it (control)', ms(other - base));
    await Promise.all(pages.slice(1).map(page => page.close()));
    const own = await profileCells(lab, 20);
    row('  of it scripts that the extension began', ms(own.each));
    explain(own);
    const reload = await profileReload(lab);
    row('reloading the page: its scripts', ms(reload.total));
    explain(reload);
  }
  if (parts.includes('memory')) {
    if (parts.includes('panel')) {
      await lab.connect();
    }
    await lab.command('torchprof:open');
    const heaps = await measureMemory(lab, MARKS);
    title('Heap of the page after garbage collection, one cell running');
    for (const { samples, bytes } of heaps) {
      row(`after ${samples} samples`, `${(bytes / 2 ** 20).toFixed(1)} MiB`);
    }
  }
  await lab.close();
}

/** What was measured of each page, round by round, so that none has the quieter machine. */
async function inTurn(pages, measure) {
  const results = pages.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, page] of pages.entries()) {
      results[index].push(await measure(page));
    }
  }
  return results;
}

function title(text) {
  process.stdout.write(`\n${text}\n`);
}

function row(name, value, note = '') {
  process.stdout.write(
    `  ${name.padEnd(50)}${value.padStart(12)}   ${note}`.trimEnd() + '\n'
  );
}

function explain({ hottest }) {
  if (values.verbose) {
    for (const [name, time] of hottest) {
      row(`      ${name.slice(0, 60)}`, ms(time));
    }
  }
}

function ms(value) {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
