import type { Contents } from '@jupyterlab/services';
import { Notification } from '@jupyterlab/apputils';

import { reportFile } from '../../../src/panel/saving';
import type { Check } from '../../../src/record/_session';
import { makeRecord, makeSession } from '../builders';
import { english } from '../english';

const CHECK: Check = { level: 'problem', topic: 'driver', found: 'Too old.' };

describe('reportFile', () => {
  afterEach(() => {
    jest.useRealTimers();
    Notification.dismiss();
  });

  /** The session in the report that was saved. */
  function save(checks: (() => Promise<Check[]>) | null): Promise<string> {
    return new Promise(resolve => {
      const contents = {
        get: () => Promise.resolve({ content: [] }),
        save: (path: string, { content }: Partial<Contents.IModel>) => {
          resolve(content as string);
          return Promise.resolve({ path });
        }
      } as unknown as Contents.IManager;
      const session = makeSession([makeRecord()]);
      const path = 'a.ipynb';
      reportFile({
        contents,
        path,
        session,
        source: true,
        checks,
        trans: english
      });
    });
  }

  it('should have what the doctor found', async () => {
    expect(await save(() => Promise.resolve([CHECK]))).toContain('Too old.');
  });

  it('should do without where the kernel is busy, gone or silent', async () => {
    expect(await save(null)).not.toContain('checks');
    const gone = () => Promise.reject(new Error('The kernel went away.'));
    expect(await save(gone)).not.toContain('checks');
    jest.useFakeTimers();
    const silent = save(() => new Promise<Check[]>(() => undefined));
    await jest.advanceTimersByTimeAsync(5000);
    expect(await silent).not.toContain('checks');
  });
});
