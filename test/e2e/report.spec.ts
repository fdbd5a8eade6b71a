/**
 * The report as its reader has it: made by the command line, opened from a file, with scripts and
 * without, on screens and on paper. Needs no notebook.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

import type { TestInfo } from '@playwright/test';

import { root, venvBin } from '../../scripts/setup/paths.mjs';
import type { CellRecord, Session } from '../../src/record/_session';
import {
  makeInference,
  makeNotebook,
  makeRecord
} from '../unit/fixtures/records';
import { makeLongSession } from '../unit/fixtures/sessions';
import { seriousViolations } from './axe';
import { expect, test } from './lab';
import { closeReports, openFile } from './offline';
import { picture } from './pictures';

/** The hash that the kernel makes of a source. */
function hashOf(source: string): string {
  return createHash('sha256').update(source).digest('hex');
}

/** A cell with advice whose fix fits its source. */
function makeAdvised(): CellRecord {
  const record = makeInference({
    run_id: 'open',
    cell_id: 'open',
    execution_count: 13
  });
  const source_hash = hashOf(record.source);
  const advice = (record.advice ?? []).map(advice => ({
    ...advice,
    cell_id: 'open',
    fix: advice.fix && {
      ...advice.fix,
      edits: advice.fix.edits.map(edit => ({
        ...edit,
        cell_id: 'open',
        source_hash
      }))
    }
  }));
  return { ...record, source_hash, advice };
}

/** A notebook with open advice, a failure, a fix that was measured, and what the doctor found. */
function makeOpen(): Session {
  const session = makeNotebook();
  return {
    ...session,
    cells: [...(session.cells ?? []), makeAdvised()],
    checks: [
      { level: 'ok', topic: 'driver', found: 'The driver fits.' },
      {
        level: 'problem',
        topic: 'threads',
        found: '16 threads on 2 cores.',
        advice: 'Set `OMP_NUM_THREADS=2`.'
      }
    ]
  };
}

/** Have the command line write the report of a session; returns its address. */
function render(
  session: Session,
  info: TestInfo,
  ...options: string[]
): string {
  const [json, html] = ['session.json', 'report.html'].map(name =>
    info.outputPath(name)
  );
  writeFileSync(json, JSON.stringify(session));
  execFileSync(
    venvBin('python'),
    [
      '-m',
      'jupyterlab_torchprof.cli',
      'report',
      json,
      '--html',
      html,
      ...options
    ],
    { cwd: root, stdio: 'pipe' }
  );
  return pathToFileURL(html).href;
}

test.afterEach(closeReports);

test('the first screen answers, and everything can be reached from it', async ({
  browser
}, info) => {
  const url = render(makeOpen(), info);
  const { page, requests, errors } = await openFile(browser, url);
  await expect(
    page.getByRole('region', { name: 'What to change' })
  ).toBeInViewport();
  await expect(
    page.getByRole('region', { name: 'What cost most' })
  ).toBeInViewport();
  await expect(
    page.getByRole('region', { name: 'Where it ran' })
  ).toBeInViewport();

  // Every link within the page leads somewhere.
  const broken = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLAnchorElement>('a[href^="#"]')]
      .map(link => link.hash.slice(1))
      .filter(id => !document.getElementById(id))
  );
  expect(broken).toEqual([]);

  // What is read is marked in the contents, which stay in sight.
  const contents = page.getByRole('navigation', { name: 'Contents' });
  await contents.getByRole('link', { name: 'Environment' }).click();
  await expect(page).toHaveURL(/#environment$/);
  await expect(page.getByText('16 threads on 2 cores.')).toBeInViewport();
  await expect(contents).toBeInViewport();

  // A cell opens by its address, also by one that was mailed.
  await page.goto(`${url}#run-4`);
  await page.reload();
  await expect(page.locator('#run-4')).toHaveAttribute('open', '');
  await expect(page.locator('#run-4')).toBeInViewport();
  await expect(
    page.locator('#run-4').getByText('train(model, steps=300)').first()
  ).toBeVisible();
  await expect(contents.locator('[aria-current]')).toContainText('[4]');

  await picture(page, info.outputPath('report.png'));
  expect([...requests, ...errors]).toEqual([]);
});

for (const width of [1440, 400]) {
  for (const dark of [false, true]) {
    test(`nobody is kept out at ${width} px, ${dark ? 'dark' : 'light'}`, async ({
      browser
    }, info) => {
      const url = render(makeOpen(), info);
      const { page, requests, errors } = await openFile(browser, url, {
        width,
        dark
      });
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await page.evaluate(() => {
        const summaries = document.querySelectorAll<HTMLElement>(
          'details:not([open]) > summary'
        );
        summaries.forEach(summary => summary.click());
      });
      await expect(page.locator('.jp-Torchprof-cell:not([open])')).toHaveCount(
        0
      );
      const rules = {
        // It looks long at each word, and colours are the same at any width.
        'color-contrast': { enabled: width === 1440 }
      };
      expect(await seriousViolations(page, 'body', rules)).toEqual([]);
      // Nothing sticks out at the side.
      const over = await page.evaluate(
        () => document.documentElement.scrollWidth - window.innerWidth
      );
      expect(over).toBeLessThanOrEqual(0);
      await picture(page, info.outputPath('page.png'), { fullPage: true });
      expect([...requests, ...errors]).toEqual([]);
    });
  }
}

test('it reads well without scripts', async ({ browser }, info) => {
  const url = render(makeOpen(), info);
  const { page, requests, errors } = await openFile(browser, url, {
    scripts: false
  });
  await expect(page.getByText(/^\d+ failed · \d+ runs in/)).toBeVisible();
  await expect(page.getByRole('table')).toContainText('[13]');
  await picture(page, info.outputPath('static.png'), { fullPage: true });
  expect([...requests, ...errors]).toEqual([]);
});

test('it can be printed: what was folded is there', async ({
  browser
}, info) => {
  const url = render(makeOpen(), info);
  const { page, requests, errors } = await openFile(browser, url, {
    dark: true
  });
  const cell = page.locator('#run-1');
  await expect(cell).toBeVisible();
  await expect(cell).not.toHaveAttribute('open');
  // What the browser does before it lays the pages out.
  await page.emulateMedia({ media: 'print' });
  await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
  await expect(cell).toHaveAttribute('open', '');
  await expect(cell.getByText('import torch').last()).toBeVisible();
  // Of a cell that cost next to nothing and has nothing to say, paper has the line.
  await expect(page.locator('#run-3')).not.toHaveAttribute('open');
  await expect(page.getByRole('navigation')).toBeHidden();
  // An icicle is hidden, and not drawn, where there is no room for it.
  const charts = page.locator('.jp-Torchprof-chart:visible');
  const places = await charts.count();
  expect(places).toBeGreaterThan(1);
  await expect(charts.filter({ has: page.locator('.main-svg') })).toHaveCount(
    places
  );
  expect(
    await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  ).toBe('rgb(255, 255, 255)');
  await page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
  await expect(cell).not.toHaveAttribute('open');
  await page.emulateMedia({ media: null });

  const pdf = await page.pdf({
    path: info.outputPath('report.pdf'),
    format: 'A4'
  });
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  expect(
    pdf.toString('latin1').match(/\/Type \/Page\b/g)?.length
  ).toBeGreaterThan(2);
  expect([...requests, ...errors]).toEqual([]);
});

test('500 cells with samples are one page, of which little is drawn at first', async ({
  browser
}, info) => {
  const session = makeLongSession(500);
  const samples = makeInference().samples;
  const url = render(
    { ...session, cells: session.cells?.map(cell => ({ ...cell, samples })) },
    info
  );
  const { page, requests, errors } = await openFile(browser, url);
  await expect(page.locator('.jp-Torchprof-cell')).toHaveCount(500);
  const marks = await page.evaluate(() => ({
    charts: document.querySelectorAll('.js-plotly-plot').length,
    open: document.querySelectorAll('.jp-Torchprof-cell[open]').length
  }));
  expect(marks.charts).toBeLessThan(10);
  expect(marks.open).toBeLessThanOrEqual(12);
  // The last one is a click away.
  await page.goto(`${url}#run-500`);
  await expect(page.locator('#run-500')).toBeInViewport();
  await expect(page.locator('#run-500')).toHaveAttribute('open', '');
  expect([...requests, ...errors]).toEqual([]);
});

test('source can be left out', async ({ browser }, info) => {
  const session = makeOpen();
  session.cells?.push(
    makeRecord({ run_id: 'secret', source: 'secret_token = load_it()' })
  );
  const url = render(session, info, '--no-source');
  const { page, requests, errors } = await openFile(browser, url);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  expect(await page.content()).not.toContain('secret_token');
  expect(await page.content()).not.toContain('train(model, steps=300)');
  await page.goto(`${url}#run-4`);
  await expect(page.locator('#run-4')).toContainText('Its source was left out');
  expect([...requests, ...errors]).toEqual([]);
});
