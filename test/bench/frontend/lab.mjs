/** One page of JupyterLab under measurement, through Chromium's developer tools. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How long a page must have nothing to do to count as settled, in milliseconds. */
const QUIET_MS = 600;

/** Where the extension's files are served from. */
export const OWN_FILES = '/lab/extensions/jupyterlab-torchprof/';

/** A page of JupyterLab. */
export class Lab {
  /**
   * @param {import('@playwright/test').Browser} browser
   * @param {{ url: string, token: string, notebooks: string }} server
   */
  static async start(browser, server) {
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 }
    });
    const page = await context.newPage();
    const tools = await context.newCDPSession(page);
    // Time of the thread, not of the wall: a busy machine takes none of it away.
    await tools.send('Performance.enable', { timeDomain: 'threadTicks' });
    return new Lab(server, context, page, tools);
  }

  constructor(server, context, page, tools) {
    this.server = server;
    this.page = page;
    this._context = context;
    this._tools = tools;
  }

  async close() {
    await this._context.close();
  }

  /** Write a notebook of these cells, with ids `c0`, `c1` and so on. */
  write(path, sources) {
    writeFileSync(
      join(this.server.notebooks, path),
      JSON.stringify({
        nbformat: 4,
        nbformat_minor: 5,
        metadata: {
          kernelspec: { name: 'python3', display_name: 'Python 3' },
          language_info: { name: 'python' }
        },
        cells: sources.map((source, index) => ({
          cell_type: 'code',
          id: `c${index}`,
          source,
          outputs: [],
          metadata: {},
          execution_count: null
        }))
      })
    );
  }

  /** Open JupyterLab, with a notebook or empty, and wait until it stands. Milliseconds it took. */
  async open(path = null) {
    const place = path ? `/tree/${path}` : '';
    await this.page.goto(
      `${this.server.url}/lab/workspaces/bench${place}?reset&token=${this.server.token}`
    );
    return this.page.evaluate(async () => {
      while (!window.jupyterapp) {
        await new Promise(resolve => setTimeout(resolve, 1));
      }
      await window.jupyterapp.restored;
      return performance.now();
    });
  }

  /** Wait for the kernel of the notebook in front, and count from now on what it says. */
  async kernel() {
    await this.page.waitForFunction(
      () => {
        const context =
          window.jupyterapp.shell.currentWidget?.context?.sessionContext;
        const kernel = context?.session?.kernel;
        if (!context?.isReady || kernel?.status !== 'idle') {
          return false;
        }
        window.benchKernel = kernel;
        window.benchSeen = {};
        kernel.iopubMessage.connect((_, message) => {
          const kind = message.content?.data?.type;
          if (message.header.msg_type === 'comm_msg' && kind) {
            window.benchSeen[kind] = (window.benchSeen[kind] ?? 0) + 1;
          }
        });
        return true;
      },
      null,
      { timeout: 120_000 }
    );
  }

  /** How many messages of this kind have come. */
  async seen(kind) {
    return this.page.evaluate(kind => window.benchSeen[kind] ?? 0, kind);
  }

  /** Run code as cells of the notebook, all sent at once; waits for the last. */
  async execute(cells) {
    await this.page.evaluate(async cells => {
      const runs = cells.map(({ code, id }) =>
        window.benchKernel.requestExecute({ code }, true, { cellId: id })
      );
      await Promise.all(runs.map(run => run.done));
    }, cells);
  }

  /** Run a first cell until the kernel extension is there and profiles it. */
  async connect() {
    for (let tries = 0; tries < 100; tries++) {
      await this.execute([{ code: 'pass', id: 'c0' }]);
      if ((await this.seen('end')) > 0) {
        return;
      }
      await this.page.waitForTimeout(200);
    }
    throw new Error('The kernel extension did not profile any cell.');
  }

  async command(id, args = {}) {
    await this.page.evaluate(
      ([id, args]) => void window.jupyterapp.commands.execute(id, args),
      [id, args]
    );
  }

  /** Seconds since the page began, by what the main thread did. */
  async metrics() {
    const { metrics } = await this._tools.send('Performance.getMetrics');
    const of = name => metrics.find(metric => metric.name === name)?.value ?? 0;
    return {
      script: of('ScriptDuration') + of('V8CompileDuration'),
      layout: of('LayoutDuration') + of('RecalcStyleDuration'),
      task: of('TaskDuration')
    };
  }

  /** Milliseconds that the main thread spent from the start of `act` until the page is quiet. */
  async cost(act) {
    await this.settle();
    const before = await this.metrics();
    await act();
    await this.settle();
    return difference(before, await this.metrics());
  }

  /** Wait until the main thread has had next to nothing to do for a while. */
  async settle() {
    for (;;) {
      const before = await this.metrics();
      await new Promise(resolve => setTimeout(resolve, QUIET_MS));
      const { task } = difference(before, await this.metrics());
      if (task < 0.06 * QUIET_MS) {
        return;
      }
    }
  }

  /**
   * Milliseconds of script in whose call stack the extension stands, by Chromium's profiler, and the
   * functions that took most by themselves.
   */
  async ownScript(act) {
    await this._tools.send('Profiler.enable');
    await this._tools.send('Profiler.setSamplingInterval', { interval: 200 });
    await this._tools.send('Profiler.start');
    await act();
    const { profile } = await this._tools.send('Profiler.stop');
    await this._tools.send('Profiler.disable');
    const parents = new Map();
    const nodes = new Map(profile.nodes.map(node => [node.id, node]));
    for (const { id, children = [] } of profile.nodes) {
      children.forEach(child => parents.set(child, id));
    }
    const isOwn = new Map();
    const own = id => {
      if (!isOwn.has(id)) {
        const { url } = nodes.get(id).callFrame;
        const parent = parents.get(id);
        isOwn.set(
          id,
          url.includes(OWN_FILES) || (parent !== undefined && own(parent))
        );
      }
      return isOwn.get(id);
    };
    let total = 0;
    const byFunction = new Map();
    profile.samples.forEach((id, index) => {
      if (own(id)) {
        const ms = profile.timeDeltas[index] / 1000;
        const { functionName, url, lineNumber, columnNumber } =
          nodes.get(id).callFrame;
        const name = `${functionName || '(anonymous)'} ${url.split('/').pop()}:${lineNumber + 1}:${columnNumber}`;
        total += ms;
        byFunction.set(name, (byFunction.get(name) ?? 0) + ms);
      }
    });
    const hottest = [...byFunction].sort((a, b) => b[1] - a[1]).slice(0, 12);
    return { total, hottest };
  }

  /** Bytes of the JavaScript heap after garbage was collected. */
  async heap() {
    await this._tools.send('HeapProfiler.collectGarbage');
    await this._tools.send('HeapProfiler.collectGarbage');
    const { usedSize } = await this._tools.send('Runtime.getHeapUsage');
    return usedSize;
  }
}

function difference(before, after) {
  return Object.fromEntries(
    Object.keys(before).map(key => [key, 1000 * (after[key] - before[key])])
  );
}

/** The middle of some numbers. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2
    ? sorted[middle]
    : (sorted[middle - 1] + sorted[middle]) / 2;
}
