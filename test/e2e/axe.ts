/** Accessibility by axe-core. */
import type { Page } from '@playwright/test';
import type { AxeResults } from 'axe-core';
import { source } from 'axe-core';

/** Serious and critical violations within an element, one line each. */
export async function seriousViolations(
  page: Page,
  selector: string
): Promise<string[]> {
  return violations(page, selector, ['serious', 'critical']);
}

/** Violations within an element, of any weight unless some are named, one line each. */
export async function violations(
  page: Page,
  selector: string,
  impacts?: readonly string[]
): Promise<string[]> {
  // Evaluated by the browser's own tools, so a page's policy does not keep it out.
  await page.evaluate(source);
  const { violations: found } = await page.evaluate(
    selector =>
      (
        window as unknown as {
          axe: { run(selector: string): Promise<AxeResults> };
        }
      ).axe.run(selector),
    selector
  );
  return found
    .filter(({ impact }) => !impacts || impacts.includes(impact ?? ''))
    .flatMap(({ id, help, nodes }) =>
      nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 200)}`)
    );
}
