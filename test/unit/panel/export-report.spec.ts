import type { Contents } from '@jupyterlab/services';

import { exportReport, saveSession } from '../../../src/panel/export-report';
import { decodeSession } from '../../../src/record/decode';
import { makeRecord, makeSession } from '../builders';

describe('panel/export-report', () => {
  let saved: [string, Partial<Contents.IModel>][];

  function contents(...names: string[]): Contents.IManager {
    saved = [];
    return {
      get: (path: string) =>
        Promise.resolve({
          path,
          content: names.map(name => ({ name }))
        }),
      save: (path: string, model: Partial<Contents.IModel>) => {
        saved.push([path, model]);
        return Promise.resolve({ path });
      }
    } as unknown as Contents.IManager;
  }

  const session = makeSession([makeRecord({ source: '</script>' })]);

  it('should save the report beside the notebook, as text', async () => {
    const path = await exportReport(
      contents('inference.ipynb'),
      'work/inference.ipynb',
      session
    );
    expect(path).toBe('work/inference-torchprof.html');
    expect(saved[0][1]).toMatchObject({ type: 'file', format: 'text' });
    expect(saved[0][1].content).toContain('title: inference.ipynb');
    expect(saved[0][1].content).not.toContain('</script>');
  });

  it('should leave the source out on demand', async () => {
    const secret = makeSession([makeRecord({ source: 'secret = 42' })]);
    await exportReport(contents(), 'a.ipynb', secret, false);
    expect(saved[0][1].content).not.toContain('secret');
    expect(saved[0][1].content).toContain('"source_left_out":true');
    await exportReport(contents(), 'a.ipynb', secret);
    expect(saved[0][1].content).toContain('secret');
  });

  it('should never overwrite a file', async () => {
    const taken = contents('a-torchprof.html', 'a-torchprof-2.html');
    expect(await exportReport(taken, 'a.ipynb', session)).toBe(
      'a-torchprof-3.html'
    );
  });

  it('should keep the drive', async () => {
    expect(await exportReport(contents(), 'drive:a.ipynb', session)).toBe(
      'drive:a-torchprof.html'
    );
  });

  it('should save the session as data, never over another', async () => {
    const path = await saveSession(
      contents('a-profile.json', 'a-torchprof.html'),
      'work/a.ipynb',
      session
    );
    expect(path).toBe('work/a-profile-2.json');
    expect(decodeSession(saved[0][1].content)).toEqual(session);
  });

  it('should hand on why it could not be saved', async () => {
    const full = contents();
    full.save = () => Promise.reject(new Error('No space left'));
    await expect(exportReport(full, 'a.ipynb', session)).rejects.toThrow(
      'No space left'
    );
  });
});
