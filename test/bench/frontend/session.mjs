/** A real kernel with a history of many runs, and what its page then costs. */
import { Lab, median } from './lab.mjs';

const PANEL = '#jupyterlab-torchprof-panel';

/** So that each record has modules and tensors to place. */
const SETUP = `import time
import torch
model = torch.nn.Sequential(*[torch.nn.Linear(8, 8) for _ in range(24)])
batch = torch.randn(4, 8)`;

/** Sent at once; a browser keeps only so many requests in mind without getting slow itself. */
const BATCH = 100;

/** Open a notebook of `cells` cells and run them in turn until there are `runs` runs. */
export async function openSession(browser, server, { runs, cells, profiled }) {
  const lab = await Lab.start(browser, server);
  const sources = Array.from({ length: cells }, (_, index) =>
    index === 0 ? SETUP : `y${index} = model(batch)`
  );
  lab.write('session.ipynb', sources);
  await lab.open('session.ipynb');
  await lab.kernel();
  if (profiled) {
    await lab.connect();
  }
  for (let done = 0; done < runs; done += BATCH) {
    const size = Math.min(BATCH, runs - done);
    await lab.execute(
      Array.from({ length: size }, (_, index) => {
        const cell = (done + index) % cells;
        return { code: sources[cell], id: `c${cell}` };
      })
    );
  }
  await lab.settle();
  return lab;
}

/** Milliseconds to show the panel: the first time with its chunks, then with them at hand. */
export async function measureOpening(lab, rounds) {
  const open = async () => {
    await lab.command('torchprof:open');
    await lab.page.locator(`${PANEL} [role=option]`).first().waitFor();
    await lab.page.locator(`${PANEL} .js-plotly-plot`).first().waitFor();
  };
  const first = await lab.cost(open);
  const again = [];
  for (let round = 0; round < rounds; round++) {
    await lab.command('torchprof:toggle');
    await lab.page.locator(PANEL).waitFor({ state: 'hidden' });
    again.push((await lab.cost(open)).script);
  }
  return { first, again: median(again) };
}

/** Milliseconds of main thread per second while a cell runs, and samples that came in it. */
export async function measureRunning(lab, seconds) {
  const running = lab.execute([
    { code: `time.sleep(${seconds + 3})`, id: 'c1' }
  ]);
  await lab.page.waitForTimeout(2000);
  const samples = await lab.seen('sample');
  const before = await lab.metrics();
  await lab.page.waitForTimeout(1000 * seconds);
  const after = await lab.metrics();
  const count = (await lab.seen('sample')) - samples;
  await running;
  return { task: (1000 * (after.task - before.task)) / seconds, count };
}

/** Milliseconds of main thread per cell, of cells that do next to nothing, one after the other. */
export async function measureCells(lab, count) {
  const costs = await lab.cost(async () => {
    for (let index = 0; index < count; index++) {
      await lab.execute([{ code: 'y = 1', id: `c${(index % 40) + 1}` }]);
      await lab.page.waitForTimeout(150);
    }
  });
  return costs.task / count;
}

/** Milliseconds of script that the extension itself takes for one cell, and where they go. */
export async function profileCells(lab, count) {
  const { total, hottest } = await lab.ownScript(() =>
    measureCells(lab, count)
  );
  return { each: total / count, hottest };
}

/** Milliseconds of script of the extension when the page is reloaded and the session comes. */
export async function profileReload(lab) {
  await lab.open('session.ipynb');
  const loading = async () => {
    await lab.kernel();
    await lab.settle();
  };
  return lab.ownScript(loading);
}

/**
 * Bytes of the page's heap after so many samples of one running cell. The kernel's own sampler is
 * set to a rate that nobody can choose, so that it does not take a quarter of an hour.
 */
export async function measureMemory(lab, marks) {
  const rate = 200;
  const seconds = Math.ceil(marks[marks.length - 1] / rate) + 30;
  const running = lab.execute([
    {
      code: `from jupyterlab_torchprof import extension as _extension
from jupyterlab_torchprof.probes import sampler as _sampler
_sampler.FASTEST_HZ = ${rate}
_sampler.LIVE_PERIOD_S = ${1 / rate}
_extension.load(get_ipython())._measurement.set_rate(${rate})`,
      id: null
    },
    {
      code: `_until = time.monotonic() + ${seconds}\nwhile time.monotonic() < _until: time.sleep(0.01)`,
      id: 'c2'
    }
  ]);
  running.catch(() => undefined);
  const start = await lab.seen('sample');
  const deadline = performance.now() + 1000 * seconds;
  const heaps = [];
  for (const mark of marks) {
    while ((await lab.seen('sample')) - start < mark) {
      if (performance.now() > deadline) {
        throw new Error(`The kernel has sent fewer than ${mark} samples.`);
      }
      await lab.page.waitForTimeout(100);
    }
    heaps.push({ samples: mark, bytes: await lab.heap() });
  }
  await lab.page.evaluate(() => window.benchKernel.interrupt());
  await running.catch(() => undefined);
  return heaps;
}
