/** What `%%torchprof` left in a notebook. */
import { expect, test } from './lab';
import { goWithout, loseKernel } from './reopened';

test.use({
  ownPage: 'JupyterLab may be about to open the document once more'
});

test('an output is drawn again where there is no kernel', async ({ lab }) => {
  await lab.write('output.ipynb', [
    { id: 'a', source: '%%torchprof\nsquares = [n * n for n in range(1000)]' }
  ]);
  await lab.open('output.ipynb');
  await lab.run(0);
  const output = lab.cell(0).locator('.jp-Torchprof-outputArea');
  await expect(output).toContainText('squares =');
  const words = await output.innerText();

  await loseKernel(lab, 'output.ipynb');
  await lab.loadWithout('output.ipynb');
  await goWithout(lab);
  await expect(output).toContainText('squares =');
  expect(await output.innerText()).toBe(words);
  await expect(lab.badge(0)).toHaveCount(0);
  await expect(lab.panel.getByRole('status')).toContainText(/kernel/i);
});
