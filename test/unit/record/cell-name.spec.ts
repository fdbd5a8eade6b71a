import { cellName } from '../../../src/record/cell-name';

describe('record/cell-name', () => {
  it.each([
    ['# Load the data\nimport torch\nx = load()', 'Load the data'],
    ['## 3. Training ##\ntrain()', '3. Training'],
    ['# ---- Evaluate ----\nevaluate()', 'Evaluate'],
    ['#@title Settings { display-mode: "form" }\nlr = 1', 'Settings'],
    ['# %% [markdown] Intro\nx = 1', 'Intro'],
    [
      '%%time\nimport torch\n\n# Inference on the test set\nout = f(x)',
      'Inference on the test set'
    ],
    ['# Daten laden: größte zuerst\nx = 1', 'Daten laden: größte zuerst'],
    ['# 训练\ntrain()', '训练']
  ])('%p should be known by what is written about it: %p', (source, text) => {
    expect(cellName(source)).toEqual({ text, isCode: false });
  });

  it.each([
    ['x = 1', 'x = 1'],
    [
      'import torch\nfrom os import (\n  path,\n  sep,\n)\nnet = Net()',
      'net = Net()'
    ],
    ['from a import b, \\\n  c\nnet = Net()', 'net = Net()'],
    ['@torch.no_grad()\ndef evaluate(net):\n    ...', 'def evaluate(net):'],
    ['@app.get(\n  "/(",\n)\ndef page(): ...', 'def page(): ...'],
    ['%load_ext autoreload\n!pip list\ny = 2  # why', 'y = 2  # why'],
    ['# x = old(1)\ny = 2', 'y = 2'],
    ['# print(x)\n# import os\n# for a in b:\n# net.eval()\ny = 2', 'y = 2'],
    ['# type: ignore\n# noqa\n# fmt: off\n# TODO later\n#####\ny = 2', 'y = 2'],
    ['y = 2\n# then this', 'y = 2'],
    ['import torch\nimport os', 'import torch'],
    ['%matplotlib inline', '%matplotlib inline'],
    ['# only = this', '# only = this'],
    ['outputs = []\nfor x in data:\n    outputs.append(x)', 'for x in data:'],
    ['seen: dict[str, int] = {}\ntotal = 0\nfill(seen)', 'fill(seen)'],
    ['total = 0', 'total = 0'],
    ['import torch\ntorch.manual_seed(0)\nnet = Net()', 'net = Net()'],
    ['torch.manual_seed(0)', 'torch.manual_seed(0)'],
    ['rate = 0.5\ntrain()', 'rate = 0.5'],
    ['  \n', ''],
    ['', '']
  ])('%p should be known by %p', (source, text) => {
    expect(cellName(source)).toEqual({ text, isCode: true });
  });

  it('should bound what it reads and returns', () => {
    expect(cellName('x'.repeat(1e6)).text).toHaveLength(200);
    expect(cellName(`# ${'word '.repeat(1e5)}`).text).toHaveLength(200);
    // Nothing here may take more than its share.
    expect(cellName(`from x import (${'('.repeat(1e5)}`).isCode).toBe(true);
  });
});
