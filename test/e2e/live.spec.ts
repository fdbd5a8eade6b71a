/** Nothing on the page moves while a cell runs, but what the reader moves. */
import { PATIENCE, expect, test } from './lab';

/** A layout shift as the browser tells it; `node` is where it happened. */
interface IShift {
  value: number;
  nodes: string[];
}

const SOURCE = `import time
blocks = []
for step in range(30):
    blocks.append(bytearray(1 << 20))
    time.sleep(0.1)`;

test('live data shifts nothing, and keeps still where the user wants that', async ({
  lab,
  page
}) => {
  test.setTimeout(120_000);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await lab.write('live.ipynb', [
    { id: 'a', source: SOURCE },
    { id: 'b', source: 'after = 1' }
  ]);
  await lab.open('live.ipynb');
  // The first run brings the panel's sections and the badge.
  await lab.run(0);
  await expect(
    lab.panel.getByRole('region', { name: 'Timeline' }).getByRole('img').first()
  ).toBeVisible();
  await lab.dismissNotifications();
  await page.mouse.move(0, 0);
  await page.waitForTimeout(1000); // charts are drawn, fonts are there

  await lab.focus(0);
  await page.evaluate(() => {
    const places = '.jp-Notebook, #jupyterlab-torchprof-panel';
    const shifts: IShift[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver(list => {
      for (const entry of list.getEntries()) {
        const { value, sources } = entry as unknown as {
          value: number;
          sources: {
            node: Node | null;
            previousRect: DOMRect;
            currentRect: DOMRect;
          }[];
        };
        const nodes = sources.flatMap(({ node, previousRect, currentRect }) => {
          const element = node instanceof Element ? node : node?.parentElement;
          // A number at the right edge that gets another digit moves nothing, though what the
          // browser rounds may be a pixel.
          const stays =
            Math.abs(previousRect.right - currentRect.right) <= 1 &&
            previousRect.top === currentRect.top &&
            previousRect.height === currentRect.height;
          return element?.closest(places) && !stays
            ? [element.outerHTML.slice(0, 200)]
            : [];
        });
        if (nodes.length > 0) {
          shifts.push({ value, nodes });
        }
      }
    }).observe({ type: 'layout-shift' });
  });
  // Keys excuse shifts for half a second, a command does not.
  await lab.command('notebook:run-cell');
  const timeline = lab.panel.getByRole('region', { name: 'Timeline' });
  await expect(timeline.getByText('running')).toBeVisible({
    timeout: PATIENCE
  });
  const moving = await page.evaluate(
    () =>
      document.getAnimations().filter(({ effect }) => {
        const { target } = effect as KeyframeEffect;
        return (
          target?.closest('#jupyterlab-torchprof-panel, .jp-Torchprof-badge') &&
          effect?.getComputedTiming().duration !== 0
        );
      }).length
  );
  expect(moving).toBe(0);
  await expect(timeline.getByText('running')).toBeHidden({ timeout: PATIENCE });
  await expect(lab.rows.first()).toContainText('2 runs');
  await page.waitForTimeout(500);

  const shifts = await page.evaluate(
    () => (window as unknown as { shifts: IShift[] }).shifts
  );
  expect(shifts).toEqual([]);
});
