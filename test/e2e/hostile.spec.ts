/** Names, sources, errors and whole records of strangers: text, and nothing but text. */
import { expect, test } from './lab';
import { openOffline } from './offline';
import { picture } from './pictures';

/** Whether any of the payloads ran. */
const FLAG = 'owned';

const PAYLOAD = [
  '</script><script>window.owned = 1</script>',
  '<img src=x onerror="window.owned = 1">',
  '\u202etxt.exe\u2066',
  '{{constructor.constructor("window.owned=1")()}}',
  '`${window.owned = 1}`'
].join(' ');

const SOURCE = [
  `hostile = ${JSON.stringify(PAYLOAD)}`,
  'import torch',
  'tensors = {hostile: torch.zeros(1000), "long" * 250_000: torch.zeros(10)}',
  'class Net(torch.nn.Module): pass',
  'Net.__name__ = Net.__qualname__ = hostile',
  'net = Net()',
  'net.weight = torch.nn.Parameter(torch.zeros(10))'
].join('\n');

/** A record as a stranger's notebook might bring it along. */
function strangersRecord(): unknown {
  const long = PAYLOAD + 'x'.repeat(1_000_000);
  return {
    schema_version: '1.0',
    environment: { extension: PAYLOAD, python: PAYLOAD, platform: long },
    cells: [
      {
        run_id: PAYLOAD,
        cell_id: PAYLOAD,
        execution_count: 1,
        source: long,
        source_hash: PAYLOAD,
        started_at: 1,
        duration_s: 1,
        status: 'error',
        error: { name: PAYLOAD, message: long, line: 1 },
        memory: [
          {
            device: PAYLOAD,
            allocated_before_bytes: 1,
            allocated_after_bytes: 2,
            peak_bytes: 3,
            peak_is: 'exact'
          }
        ],
        advice: [
          {
            rule: PAYLOAD,
            severity: 'high',
            cell_id: PAYLOAD,
            title: PAYLOAD,
            explanation: long,
            evidence: [PAYLOAD, long],
            refusal: PAYLOAD
          }
        ]
      }
    ],
    notebook: PAYLOAD,
    health: [{ part: PAYLOAD, failures: 1, message: PAYLOAD }]
  };
}

test('in panel, badge, output and report', async ({
  lab,
  page,
  browser
}, info) => {
  test.setTimeout(180_000);
  await lab.write('hostile.ipynb', [
    { id: 'a', source: `%%torchprof\n${SOURCE}` },
    { id: 'b', source: 'raise ValueError(hostile)' }
  ]);
  await lab.open('hostile.ipynb');
  await lab.run(0);
  await lab.run(1);
  await lab.badge(1).click();
  await expect(lab.panel).toContainText('window.owned = 1');
  await lab.badge(0).click();
  await expect(
    lab.panel.getByRole('region', { name: /^Placement/ })
  ).toContainText('window.owned = 1');
  await expect(lab.cell(0).locator('.jp-Torchprof-outputArea')).toContainText(
    'window.owned = 1'
  );
  await expect(lab.panel.locator('img')).toHaveCount(0);
  await expect(lab.cell(0).locator('.jp-OutputArea img')).toHaveCount(0);
  await picture(page, info.outputPath('panel.png'));
  expect(await page.evaluate(flag => flag in window, FLAG)).toBe(false);

  await lab.panel.getByRole('button', { name: /^Export HTML report/ }).click();
  await expect(page.getByText('Report saved as')).toBeVisible();
  const html = await lab.read('hostile-torchprof.html');
  const report = await openOffline(
    browser,
    html,
    info.outputPath('report.html')
  );
  await report.scrollThrough();
  await expect(report.page.locator('body')).toContainText('window.owned = 1');
  await picture(report.page, info.outputPath('report.png'));
  expect(await report.page.evaluate(flag => flag in window, FLAG)).toBe(false);
  await expect(report.page.locator('img')).toHaveCount(0);
  expect(report.requests).toEqual([]);
  expect(report.errors).toEqual([]);
  await report.close();
});

test("in the outputs of a stranger's notebook", async ({ lab, page }) => {
  const output = (data: unknown, text: string) => ({
    output_type: 'display_data',
    metadata: {},
    data: {
      'application/vnd.jupyterlab-torchprof.v1+json': data,
      'text/plain': text
    }
  });
  await lab.write('stranger.ipynb', [
    {
      id: 'a',
      source: '1',
      outputs: [output(strangersRecord(), 'a hostile record')]
    },
    {
      id: 'b',
      source: '2',
      outputs: [
        output({ schema_version: '9.0' }, 'of a newer version'),
        output(PAYLOAD, 'no record at all'),
        output({ schema_version: '1.0', cells: [{}] }, 'a broken record')
      ]
    }
  ]);
  await lab.open('stranger.ipynb');

  const drawn = lab.notebook.locator('.jp-Torchprof-outputArea');
  await expect(drawn).toHaveCount(4);
  await expect(drawn.first()).toContainText('window.owned = 1');
  for (const index of [1, 2, 3]) {
    await expect(drawn.nth(index)).not.toBeEmpty();
  }
  await expect(drawn.locator('img, script')).toHaveCount(0);
  await page.waitForTimeout(500);
  expect(await page.evaluate(flag => flag in window, FLAG)).toBe(false);
});
