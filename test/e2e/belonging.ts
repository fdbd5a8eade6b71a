/** Whether each profile is where it belongs: its badge under its cell, its row in the panel. */
import type { Locator } from '@playwright/test';

import type { Lab } from './lab';
import { expect } from './lab';

/** What the badge of each cell said, by a piece of code that no other cell has. */
export type Profiles = ReadonlyMap<string, string>;

/** The cells of the notebook in front that hold this code. */
export function cellWith(lab: Lab, code: string): Locator {
  return lab.notebook.locator('.jp-Cell', {
    has: lab.page.locator('.jp-InputArea-editor .cm-content', { hasText: code })
  });
}

/** The badge in a cell. */
export function badgeIn(cell: Locator): Locator {
  return cell.getByRole('button', { name: /^Profile of this cell/ });
}

/** All badges of the notebook in front. */
export function badges(lab: Lab): Locator {
  return badgeIn(lab.notebook);
}

/** The row in the panel whose detail is open. */
export function openRow(lab: Lab): Locator {
  return lab.panel.getByRole('listbox').getByRole('option', { selected: true });
}

/** Run these cells, and take note of their profiles. */
export async function profile(
  lab: Lab,
  codes: Readonly<Record<number, string>>
): Promise<Profiles> {
  const profiles = new Map<string, string>();
  for (const [index, code] of Object.entries(codes)) {
    await lab.run(Number(index));
    profiles.set(code, await said(badgeIn(cellWith(lab, code))));
  }
  return profiles;
}

/**
 * Expect that these profiles, and no others, are in the notebook in front: each under its cell,
 * in one badge that says what it said and opens that run, whose row leads back to the cell.
 */
export async function expectEachAtHome(
  lab: Lab,
  profiles: Profiles
): Promise<void> {
  await expect(badges(lab)).toHaveCount(profiles.size);
  for (const [code, words] of profiles) {
    const cell = cellWith(lab, code);
    await expect(cell).toHaveCount(1);
    await expect(badgeIn(cell)).toHaveCount(1);
    expect(await said(badgeIn(cell))).toBe(words);
    await badgeIn(cell).click();
    await expect(openRow(lab)).toContainText(code);
  }
  for (const code of profiles.keys()) {
    await expectToLeadTo(lab, code);
  }
}

/** Expect that the row of this code makes its cell the active one. */
export async function expectToLeadTo(lab: Lab, code: string): Promise<void> {
  await lab.rows.filter({ hasText: code }).click();
  await expect(lab.notebook.locator('.jp-Cell.jp-mod-active')).toContainText(
    code
  );
}

/** What stands in a badge: time and memory, but not that the cell was edited since. */
async function said(badge: Locator): Promise<string> {
  return (await badge.textContent()) ?? '';
}
