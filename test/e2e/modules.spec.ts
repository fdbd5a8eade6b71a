/** Code that stands in a module of the user's: advice that leads into the file. */
import { seriousViolations } from './axe';
import { expect, test } from './lab';
import { picturesInThemes } from './pictures';

const MODULE = `import torch


def predict(model, images):
    found = []
    with torch.no_grad():
        for batch in images.split(512):
            found.append(model(batch))
    return torch.cat(found)
`;

test('advice on a function of a module opens the file at the line', async ({
  lab,
  page
}, info) => {
  test.setTimeout(600_000);
  await lab.makeFolder('own');
  await lab.saveText('own/predicting.py', MODULE);
  await lab.write('own/modules.ipynb', [
    {
      id: 'setup',
      source: `import torch
from predicting import predict
model = torch.nn.Sequential(
    torch.nn.Linear(256, 512), torch.nn.Dropout(0.5), torch.nn.Linear(512, 4)
)
images = torch.randn(2048, 256)
a = b = c = 1`
    },
    {
      id: 'calls',
      source: 'kind = 1\n\n\n\n\n\n\nscores = predict(model, images)'
    }
  ]);
  await lab.open('own/modules.ipynb');
  await lab.run(0);
  await lab.run(1);
  await lab.badge(1).click();
  const advice = lab.panel
    .getByRole('region', { name: 'Cell [2]' })
    .getByRole('article')
    .filter({ hasText: 'training mode' });

  await test.step('it says where it stands and what to do, and marks no line of the cell', async () => {
    await expect(advice).toContainText('line 8 in predicting.py');
    await expect(advice).toContainText(
      'It stands in predicting.py, which this extension does not edit. By hand: put model.eval()'
    );
    await expect(
      advice.getByRole('button', { name: 'Apply', exact: true })
    ).toHaveCount(0);
    await expect(lab.cell(1).locator('.jp-Torchprof-underline')).toHaveCount(0);
    await advice.getByText('Evidence').click();
    await expect(advice).toContainText(
      'These are lines of predict in predicting.py, called from line 8.'
    );
    expect(
      await seriousViolations(page, '#jupyterlab-torchprof-panel')
    ).toEqual([]);
    await advice.scrollIntoViewIfNeeded();
    await picturesInThemes(lab, info.outputPath('modules'));
  });

  await test.step('a click opens the file, with the cursor on the line', async () => {
    const open = advice.getByRole('button', { name: 'in predicting.py' });
    await open.click();
    const editor = page.locator('.jp-FileEditor:visible');
    await expect(editor).toContainText('found.append(model(batch))');
    await expect(page.locator('#jp-main-statusbar')).toContainText(
      'Ln 8, Col 1'
    );
    await expect(editor.locator('.cm-content')).toBeFocused();
  });
});
