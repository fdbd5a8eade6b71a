/** What holds memory now, which cell made it, and what is let go of with one click. */
import { seriousViolations } from './axe';
import type { ICell } from './lab';
import { expect, test } from './lab';
import { picturesInThemes } from './pictures';

const CELLS: ICell[] = [
  {
    id: 'setup',
    source: `import torch
net = torch.nn.Linear(2048, 2048)
opt = torch.optim.Adam(net.parameters())
best = net.state_dict()`
  },
  {
    id: 'data',
    source: 'cache = [torch.ones(1024, 1024) for _ in range(24)]'
  },
  {
    id: 'train',
    source: `loss = net(torch.ones(8, 2048)).sum()
loss.backward()
opt.step()`
  },
  {
    id: 'fill',
    source: `class Trainer: pass
t = Trainer()
t.log = []
for _ in range(5):
    t.log.append(torch.ones(1024, 1024))`
  },
  {
    id: 'grow',
    source: `cache.append(torch.ones(1024, 1024))
handle = net.register_forward_hook(lambda *_: None)`
  }
];
const GROW = 4;

test('what holds memory is told, and let go of', async ({
  lab,
  page
}, info) => {
  await lab.write('holding.ipynb', CELLS);
  await lab.open('holding.ipynb');
  for (const index of CELLS.keys()) {
    await lab.run(index);
  }
  await lab.run(GROW);
  await lab.run(GROW);
  const section = lab.panel.getByRole('region', { name: 'What holds memory' });
  const row = (name: string | RegExp) =>
    section.getByRole('listitem').filter({ hasText: name });
  await lab.dismissNotifications();

  await test.step('each holder, with the cell that made it', async () => {
    await expect(row(/^cache/)).toContainText('108 MiB');
    await expect(row(/^cache/)).toContainText('27 tensors');
    await expect(row(/^cache/)).toContainText('made by [2]');
    await expect(row(/^cache/)).toContainText(
      'Grew by 4 MiB or more in each of the last 3 runs of [7].'
    );
    await expect(row(/^opt/)).toContainText('made by [3]');
    await section.getByRole('button', { name: /^Show \d+ more/ }).click();
    await expect(row(/^best/)).toContainText(
      'No copy: all of it is the memory of net.'
    );
    await expect(section).toContainText(
      'net has 3 forward hooks, 1 more with each of the last 3 runs of [7].'
    );
    await expect(row(/^t\.log/)).toContainText(
      'Grew by 20 MiB in [4] at line 5: 5 tensors of 4 MiB.'
    );
    await picturesInThemes(lab, info.outputPath('holding'));
    expect(
      await seriousViolations(page, '#jupyterlab-torchprof-panel')
    ).toEqual([]);
    await row(/^opt/).getByRole('button', { name: 'made by [3]' }).click();
    await expect(lab.cell(2)).toHaveClass(/jp-mod-active/);
  });

  await test.step('and what became of it, by cell', async () => {
    await section.getByRole('button', { name: 'By cell' }).click();
    await expect(row('[2]')).toContainText('96 MiB alive: cache');
    await section.getByRole('button', { name: 'By holder' }).click();
  });

  await test.step('one click lets it go, by measurement', async () => {
    const status = page.locator('.jp-Torchprof-status');
    const before = await status.innerText();
    await section.getByRole('button', { name: 'Delete cache' }).click();
    await expect(section.getByRole('status')).toContainText(
      /Freed (9\d|10\d)(\.\d)? MiB of host memory/
    );
    await expect(row(/^cache/)).toHaveCount(0);
    await expect(status).not.toHaveText(before);
    await section.getByRole('button', { name: 'By cell' }).click();
    await expect(row('[2]')).toContainText('96 MiB freed by an action');
    await picturesInThemes(lab, info.outputPath('freed'));
    await section.getByRole('button', { name: 'By holder' }).click();
    await section.getByRole('button', { name: 'Empty t.log' }).click();
    await expect(section.getByRole('status')).toContainText(
      /Freed \d+(\.\d)? MiB of host memory/
    );
    await expect(row(/^t\.log/)).toHaveCount(0);
  });
});
