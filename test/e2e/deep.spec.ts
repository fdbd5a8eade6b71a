/** The deep profile of a cell, in its output and in the panel. */
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';

import { seriousViolations } from './axe';
import { expect, test } from './lab';
import { picturesInThemes } from './pictures';

const FUNCTIONS = `import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(256, 1024)
        self.head = nn.Linear(1024, 10)

    def forward(self, x):
        h = self.body(x)
        h = torch.relu(h) + h.sigmoid()
        return self.head(h)


net = Net()
optimizer = torch.optim.AdamW(net.parameters())
data = torch.utils.data.DataLoader(
    torch.utils.data.TensorDataset(torch.randn(4096, 256), torch.randint(10, (4096,))),
    batch_size=256,
)`;

const TRAIN = `%%torchprof --deep --steps 4
for x, y in data:
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()`;

test('a deep profile says which line and which operator takes the time', async ({
  lab,
  page
}, info) => {
  await lab.write('deep.ipynb', [
    { id: 'a', source: FUNCTIONS },
    { id: 'b', source: TRAIN }
  ]);
  await lab.open('deep.ipynb');
  await lab.run(0);
  await lab.run(1);
  const output = lab.cell(1).locator('.jp-Torchprof-outputArea');
  await expect(output).toContainText('4 steps of');
  await expect(output).toContainText('thread ran no operator for');
  const icicle = output.locator('.jp-Torchprof-placesIcicle').first();
  await icicle.scrollIntoViewIfNeeded();
  await expect(icicle.locator('svg text').first()).toContainText('Operators');
  await picturesInThemes(lab, info.outputPath('output'));

  await lab.badge(1).click();
  const detail = lab.panel.getByRole('region', { name: 'Cell [2]' });
  const deep = detail.locator('.jp-Torchprof-deep');
  await expect(deep.locator('.jp-Torchprof-deepSteps > li')).toHaveCount(4);
  await deep.getByText('Lines', { exact: true }).click();
  await deep.getByText('Operators', { exact: true }).first().click();
  await expect(deep).toContainText('in Net.forward, cell [1] line 12');
  await expect(deep).toContainText('aten::addmm');
  expect(await seriousViolations(page, '#jupyterlab-torchprof-panel')).toEqual(
    []
  );
  await deep.scrollIntoViewIfNeeded();
  await picturesInThemes(lab, info.outputPath('deep'));

  await test.step('the browser saves the trace', async () => {
    const save = deep.getByRole('button', { name: 'Save Trace' });
    await save.scrollIntoViewIfNeeded();
    await picturesInThemes(lab, info.outputPath('trace'));
    const coming = page.waitForEvent('download');
    await save.click();
    const download = await coming;
    expect(download.suggestedFilename()).toBe('deep-cell-2.trace.json.gz');
    const packed = await readFile(await download.path());
    const { traceEvents } = JSON.parse(gunzipSync(packed).toString()) as {
      traceEvents: { name: string; cat?: string }[];
    };
    expect(
      traceEvents.flatMap(({ name, cat }) => (cat === 'step' ? name : []))
    ).toEqual(['Step 1', 'Step 2', 'Step 3', 'Step 4']);
    await expect(
      page.getByText('Saved deep-cell-2.trace.json.gz').first()
    ).toBeVisible();
    await lab.dismissNotifications();
  });

  await test.step('an operator is tried in another way, by the keyboard', async () => {
    await deep.getByText('Other ways', { exact: true }).click();
    const fused = deep.getByRole('button', { name: 'Try a fused optimizer' });
    await fused.focus();
    await page.keyboard.press('Enter');
    const measured = deep.locator('.jp-Torchprof-deepWay', {
      hasText: 'Try a fused optimizer'
    });
    await expect(measured).toContainText(/→ .* fused, .*(faster|slower|noise)/);
    await expect(fused).toBeFocused();
    await expect(deep).toContainText(/1 of \d+ tried/);
    expect(
      await seriousViolations(page, '#jupyterlab-torchprof-panel')
    ).toEqual([]);
    await fused.scrollIntoViewIfNeeded();
    await picturesInThemes(lab, info.outputPath('tried'));
  });

  await test.step('a viewer in another tab gets the trace', async () => {
    await page.context().route('https://ui.perfetto.dev/**', route =>
      route.fulfill({
        contentType: 'text/html',
        body: `<title>waiting</title><script>
          addEventListener('message', ({ data, source, origin }) => {
            if (data === 'PING') source.postMessage('PONG', origin);
            else if (data.perfetto) document.title =
              [data.perfetto.title, data.perfetto.buffer.byteLength > 999, opener].join(' ');
          });
        </script>`
      })
    );
    const opening = page.context().waitForEvent('page');
    await deep.getByRole('button', { name: 'Open in Perfetto' }).click();
    const viewer = await opening;
    await expect(viewer).toHaveTitle('cell-2 true ');
    await viewer.close();
    await expect(
      page.getByText('The trace is open at https://ui.perfetto.dev').first()
    ).toBeVisible();
    await lab.dismissNotifications();
    await page.context().unroute('https://ui.perfetto.dev/**');
  });

  await detail.getByRole('button', { name: 'Profile in depth…' }).click();
  await expect(detail).toContainText('Results are unchanged.');

  await deep
    .getByRole('button', { name: 'in Net.forward, cell [1] line 12' })
    .first()
    .click();
  await expect(page.locator('#jp-main-statusbar')).toContainText('Ln 12, Col');
});

test('a cell is profiled in depth by a click', async ({ lab }) => {
  await lab.write('asked.ipynb', [
    { id: 'a', source: FUNCTIONS },
    { id: 'b', source: TRAIN.split('\n').slice(1).join('\n') }
  ]);
  await lab.open('asked.ipynb');
  await lab.run(0);
  await lab.run(1);
  await lab.badge(1).click();
  const detail = lab.panel.getByRole('region', { name: /^Cell/ });
  await expect(detail.locator('.jp-Torchprof-deep')).toHaveCount(0);
  await detail.getByRole('button', { name: 'Profile in depth…' }).click();
  await detail.getByRole('button', { name: 'Run the cell' }).click();
  await expect(detail.locator('.jp-Torchprof-deep')).toContainText(
    '5 steps of'
  );
});

test('two deep profiles say what a step takes less', async ({
  lab,
  page
}, info) => {
  const slow = TRAIN.replace(
    '    loss.backward()',
    '    loss = loss + sum((net.body.weight ** k).mean() for k in range(9))\n    loss.backward()'
  );
  await lab.write('compared.ipynb', [
    { id: 'a', source: FUNCTIONS },
    { id: 'b', source: slow }
  ]);
  await lab.open('compared.ipynb');
  await lab.run(0);
  await lab.run(1);
  await lab.type(1, TRAIN);
  await lab.run(1);
  await lab.badge(1).click();
  const detail = lab.panel.getByRole('region', { name: /^Cell/ });
  await detail.getByRole('button', { name: 'Compare with…' }).click();
  const table = detail.locator('.jp-Torchprof-deepChanges');
  // Times are those of a machine that does other things, too; memory is counted.
  await expect(table).toContainText('Step');
  await expect(table).toContainText('New tensors at the peak, cpu 8.');
  expect(await seriousViolations(page, '#jupyterlab-torchprof-panel')).toEqual(
    []
  );
  await table.scrollIntoViewIfNeeded();
  await picturesInThemes(lab, info.outputPath('compared'));
});

test('what is recorded can be watched, and stopped', async ({
  lab,
  page
}, info) => {
  const slow = [
    TRAIN.split('\n').slice(1).join('\n'),
    '    import time; time.sleep(0.4)'
  ].join('\n');
  await lab.write('stopped.ipynb', [
    { id: 'a', source: FUNCTIONS },
    { id: 'b', source: `%%torchprof --deep --steps 30\n${slow}` },
    {
      id: 'c',
      source: 'print("went on to", int(optimizer.state[net.head.bias]["step"]))'
    }
  ]);
  await lab.open('stopped.ipynb');
  await lab.run(0);
  await lab.start(1);
  await lab.badge(0).click();
  const told = lab.panel.locator('.jp-Torchprof-deepRunning');
  await expect(told).toContainText(/in depth: step \d+ of \d+/);
  await expect(lab.badge(1)).toContainText(/in depth: step \d+ of \d+/);
  await picturesInThemes(lab, info.outputPath('watched'));
  expect(await seriousViolations(page, '#jupyterlab-torchprof-panel')).toEqual(
    []
  );
  await told.getByRole('button', { name: 'Stop measuring' }).click();
  await expect(told).toContainText('in depth: recorded');
  await lab.run(2);
  await expect(lab.cell(2)).toContainText('went on to 16');
  await expect(lab.cell(1)).toContainText(
    'Recording ended early, as it was stopped.'
  );
});

test('a deep profile says what another batch would take, and what the device could do', async ({
  lab,
  page
}, info) => {
  await lab.write('what-if.ipynb', [
    { id: 'a', source: FUNCTIONS.replace('batch_size=256', 'batch_size=48') },
    { id: 'b', source: TRAIN }
  ]);
  await lab.open('what-if.ipynb');
  await lab.run(0);
  await lab.run(1);
  await lab.badge(1).click();
  const detail = lab.panel.getByRole('region', { name: /^Cell/ });
  const deep = detail.locator('.jp-Torchprof-deep');
  await deep.getByText('Peak with another batch').click();
  const box = deep.getByRole('spinbutton', { name: 'Batch size' });
  await expect(box).toHaveValue('48');
  const rooms = deep.locator('.jp-Torchprof-rooms');
  await expect(rooms).toContainText('8 GiBfits');
  await box.fill('9000000');
  await expect(rooms).toContainText('8 GiBdoes not fit');
  await picturesInThemes(lab, info.outputPath('what-if'));

  await deep.getByText('Roofline', { exact: true }).click();
  await deep.getByRole('button', { name: 'Measure the roof' }).click();
  await expect(
    deep.getByRole('button', { name: 'Measure again' })
  ).toBeVisible();
  await expect(deep).toContainText(/cpu, float32, .*FLOP a second/);
  await expect(deep.getByText('Lines and the roof')).toBeVisible();
  expect(await seriousViolations(page, '#jupyterlab-torchprof-panel')).toEqual(
    []
  );
  await picturesInThemes(lab, info.outputPath('roof'));
});
