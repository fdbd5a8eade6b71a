import { serverPath } from '../../../src/panel/server-path';

describe('panel/server-path', () => {
  it.each([
    ['train.py', 'lab.ipynb', '/data', 'train.py'],
    ['lib/train.py', 'work/lab.ipynb', '/data', 'work/lib/train.py'],
    ['../train.py', 'work/lab.ipynb', '/data', 'train.py'],
    ['../../train.py', 'work/lab.ipynb', '/data', null],
    ['..', 'lab.ipynb', '/data', null],
    ['/data/work/train.py', 'lab.ipynb', '/data/', 'work/train.py'],
    ['/data/work/train.py', 'lab.ipynb', '/', 'data/work/train.py'],
    ['/data-2/train.py', 'lab.ipynb', '/data', null],
    ['/data/', 'lab.ipynb', '/data', null],
    ['~/work/train.py', 'lab.ipynb', '~/work', 'train.py'],
    ['~/work/train.py', 'lab.ipynb', '~', 'work/train.py'],
    ['~/work/train.py', 'lab.ipynb', '/home/me', null],
    ['C:/work/train.py', 'lab.ipynb', 'C:/work', 'train.py'],
    ['/data/train.py', 'lab.ipynb', '', null],
    ['', 'lab.ipynb', '/data', null]
  ])('should find %p beside %p below %p: %p', (path, notebook, root, found) => {
    expect(serverPath(path, notebook, root)).toBe(found);
  });
});
