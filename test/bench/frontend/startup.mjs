/** How long JupyterLab takes to start, with the extension, without it, and without it once more. */
import { Lab, median } from './lab.mjs';

/**
 * Medians of interleaved starts in milliseconds; files are in the browser's cache, as on any day
 * but the first. The second server without the extension shows what no change at all looks like.
 *
 * @param {{ name: string, server: object }[]} servers
 */
export async function measureStartup(browser, servers, rounds) {
  const labs = await Promise.all(
    servers.map(({ server }) => Lab.start(browser, server))
  );
  const times = servers.map(() => []);
  try {
    for (const lab of labs) {
      await lab.open();
      await lab.settle();
    }
    for (let round = 0; round < rounds; round++) {
      for (const index of servers.keys()) {
        // Each goes first as often as the others.
        const place = (index + round) % servers.length;
        times[place].push(await labs[place].open());
        await labs[place].settle();
        await labs[place].page.goto('about:blank');
      }
    }
  } finally {
    await Promise.all(labs.map(lab => lab.close()));
  }
  return servers.map(({ name }, index) => ({
    name,
    median: median(times[index]),
    low: Math.min(...times[index]),
    high: Math.max(...times[index])
  }));
}
