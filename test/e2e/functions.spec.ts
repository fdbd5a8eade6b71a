/** Code that stands in functions of one cell and runs from another: marks, tree and advice. */
import { seriousViolations } from './axe';
import { expect, test } from './lab';
import { picturesInThemes } from './pictures';

const [DEFINES, CALLS] = [1, 2];

test('functions are marked, named and advised where they stand', async ({
  lab,
  page
}, info) => {
  test.setTimeout(600_000);
  await lab.write('functions.ipynb', [
    {
      id: 'setup',
      source: `import time
import torch
torch.manual_seed(0)
model = torch.nn.Sequential(
    torch.nn.Linear(256, 512), torch.nn.Dropout(0.5), torch.nn.Linear(512, 4)
)
images = torch.randn(2048, 256)`
    },
    {
      id: 'defines',
      source: `def load(batch):
    time.sleep(0.4)
    return batch

def predict():
    found = []
    with torch.no_grad():
        for batch in images.split(512):
            found.append(model(load(batch)))
    return torch.cat(found)`
    },
    { id: 'calls', source: 'kind = 1\nscores = predict()' }
  ]);
  await lab.open('functions.ipynb');
  for (const index of [0, DEFINES, CALLS]) {
    await lab.run(index);
  }

  await test.step('heat stands in the cell that defines the function', async () => {
    const marks = lab.cell(DEFINES).locator('.jp-Torchprof-heatMark');
    await expect(marks.first()).toBeVisible();
    await marks.first().hover({ position: { x: 2, y: 5 } });
    await expect(page.getByRole('tooltip')).toContainText(
      /\d+% of \[3\]'s time was here/
    );
    await page.mouse.move(0, 0);
  });

  await lab.badge(CALLS).click();
  const detail = lab.panel.getByRole('region', { name: 'Cell [3]' });

  await test.step('one sentence names the line, and a click in the tree goes there', async () => {
    await expect(detail).toContainText(/\d+% in load, cell \[2\] line 2/);
    const row = detail
      .getByRole('treeitem')
      .filter({ hasText: /^load/ })
      .first();
    await row.click();
    await expect(lab.cell(DEFINES)).toHaveClass(/jp-mod-active/);
    await expect(page.locator('#jp-main-statusbar')).toContainText(
      'Ln 2, Col 1'
    );
    await lab.badge(CALLS).click();
    expect(
      await seriousViolations(page, '#jupyterlab-torchprof-panel')
    ).toEqual([]);
    await picturesInThemes(lab, info.outputPath('functions'));
  });

  await test.step('the advice is about the function, and its fix changes it', async () => {
    const advice = detail
      .getByRole('article')
      .filter({ hasText: 'training mode' });
    await expect(advice).toContainText('called from line 2 of [3]');
    await advice.getByRole('button', { name: 'Apply', exact: true }).click();
    await expect
      .poll(() => lab.source(DEFINES))
      .toContain('\n    model.eval()\n    with torch.no_grad():\n');
    expect(await lab.source(CALLS)).toBe('kind = 1\nscores = predict()');
  });
});
