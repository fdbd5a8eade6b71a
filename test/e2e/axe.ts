/** Accessibility by axe-core. */
import type { Page } from '@playwright/test';
import type { AxeResults, RunOptions } from 'axe-core';
import { source } from 'axe-core';

interface IAxeWindow {
  axe: { run(selector: string, options: RunOptions): Promise<AxeResults> };
}

/** Serious and critical violations within an element, one line each. */
export async function seriousViolations(
  page: Page,
  selector: string,
  rules: RunOptions['rules'] = {}
): Promise<string[]> {
  return violations(page, selector, ['serious', 'critical'], rules);
}

/** Violations within an element, of any weight unless some are named, one line each. */
export async function violations(
  page: Page,
  selector: string,
  impacts?: readonly string[],
  rules: RunOptions['rules'] = {}
): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) {
    // Evaluated by the browser's own tools, so a page's policy does not keep it out.
    await page.evaluate(source);
  }
  const { violations: found } = await page.evaluate(
    ([selector, rules]) =>
      (window as unknown as IAxeWindow).axe.run(selector, {
        rules,
        // Otherwise it describes each element that passed.
        resultTypes: ['violations']
      }),
    [selector, rules] as const
  );
  return found
    .filter(({ impact }) => !impacts || impacts.includes(impact ?? ''))
    .flatMap(({ id, help, nodes }) =>
      nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 200)}`)
    );
}
