/** A cell that starts two ranks: seen while they run, and told which one the other waits for. */
import { seriousViolations } from './axe';
import { expect, test } from './lab';
import { picturesInThemes } from './pictures';

const TRAIN = `import os, tempfile, time
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn

store = tempfile.mktemp()


def train(rank):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=2)
    model = nn.parallel.DistributedDataParallel(nn.Linear(64, 64))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for step in range(60):
        if rank == 1:
            time.sleep(0.06)
        optimizer.zero_grad()
        model(torch.randn(8, 64)).sum().backward()
        optimizer.step()
    dist.destroy_process_group()`;

const LAUNCH = 'mp.start_processes(train, nprocs=2, start_method="fork")';

test('two ranks are one session', async ({ lab, page }, info) => {
  await lab.write('ranks.ipynb', [
    { id: 'a', source: TRAIN },
    { id: 'b', source: LAUNCH }
  ]);
  await lab.open('ranks.ipynb');
  await lab.run(0);
  const running = lab.run(1);
  const live = lab.panel.locator('.jp-Torchprof-ranksRunning');
  await expect(live).toContainText(/2 ranks: steps? \d+/);
  await expect(live.locator('tbody tr')).toHaveCount(2);
  await picturesInThemes(lab, info.outputPath('live'));
  await running;
  await expect(live).toHaveCount(0);

  await expect(lab.badge(1)).toContainText(/rank 1 late by [67]\d ms/);
  await expect(lab.badge(1)).toContainText('2 ranks');
  await lab.badge(1).click();
  const ranks = lab.panel
    .getByRole('region', { name: /^Cell/ })
    .locator('.jp-Torchprof-ranks');
  await expect(ranks).toContainText(
    /Rank 1 came [67]\d ms after the others, as the median; to (9\d|100)% of 60/
  );
  const rows = ranks.locator('.jp-Torchprof-rankTable tbody tr');
  await expect(rows).toHaveCount(2);
  await expect(rows.first()).toContainText('60');

  await ranks.getByRole('button', { name: 'rank 1' }).click();
  const rank = ranks.getByRole('region', { name: 'rank 1', exact: true });
  await expect(rank).toContainText('train');
  await expect(rank).not.toContainText('Nothing to improve');
  expect(await seriousViolations(page, '#jupyterlab-torchprof-panel')).toEqual(
    []
  );
  await rank.scrollIntoViewIfNeeded();
  await picturesInThemes(lab, info.outputPath('ranks'));
  await rank
    .getByRole('treeitem')
    .filter({ hasText: 'line 17' })
    .first()
    .click();
  await expect(lab.cell(0)).toHaveClass(/jp-mod-active/);
  await expect(page.locator('#jp-main-statusbar')).toContainText('Ln 17, Col');
});
