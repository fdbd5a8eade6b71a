import { Notification } from '@jupyterlab/apputils';
import type { Contents } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';

import { openRuns, openSessions } from '../../../src/comparison/open';
import type { IComparing } from '../../../src/comparison/open';
import { NotebookProfile } from '../../../src/model/notebook-profile';
import type { SessionModel } from '../../../src/model/session-model';
import type { CellRecord, Session } from '../../../src/record/_session';
import { makeRecord, makeSession } from '../builders';
import { english } from '../english';
import { FakeNotebook } from '../model/fake-notebook';

/** A session model that says what a test tells it. */
class FakeModel {
  session: Session | null = null;
  readonly changed = new Signal<this, { kind: string }>(this);

  set(cells: CellRecord[]): void {
    this.session = makeSession(cells);
    this.changed.emit({ kind: 'session' });
  }
}

/** Draws come with the next frame, and the machine may be busy. */
async function waitFor(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !condition(); i++) {
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  expect(condition()).toBe(true);
}

/** Long enough for a draw that should not come. */
function aWhile(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 100));
}

describe('compare/open', () => {
  const first = makeRecord({ source: 'x = 1', source_hash: '1' });
  const second = makeRecord({ source: 'x = 2', source_hash: '2' });

  let comparing: IComparing;
  let files: Record<string, string>;
  let model: FakeModel;
  let profile: NotebookProfile;
  let shown: Widget[];

  beforeAll(() => {
    window.ResizeObserver ??= class {
      observe(): void {}
      unobserve(): void {}
      disconnect(): void {}
    };
  });

  beforeEach(() => {
    Notification.dismiss();
    files = {};
    shown = [];
    const notebook = new FakeNotebook({ 'cell-a': 'x = 2' });
    profile = new NotebookProfile({
      notebook,
      notebooks: () => [notebook],
      rulesOff: () => [],
      trans: english
    });
    model = new FakeModel();
    profile.model = model as unknown as SessionModel;
    model.set([first, second]);
    comparing = {
      contents: {
        get: (path: string) =>
          path in files
            ? Promise.resolve({ path, content: files[path] })
            : Promise.reject(new Error('No such file'))
      } as unknown as Contents.IManager,
      documents: null,
      profile,
      languages: null,
      actions: {},
      show: widget => {
        shown.push(widget);
        Widget.attach(widget, document.body);
      },
      trans: english
    };
  });

  afterEach(() => {
    shown.forEach(widget => widget.dispose());
    expect(document.querySelector('.jp-Torchprof-comparePage')).toBeNull();
  });

  const told = () => Notification.manager.notifications;
  const says = (words: string) =>
    waitFor(() => shown[0].node.textContent?.includes(words) ?? false);

  it('should show a run beside the one before its source changed', async () => {
    openRuns(comparing, second);
    await says('x = 1');
    await says('x = 2');
    expect(shown[0].title.label).toMatch(/^Compare · cell \[\d+\]$/);
  });

  it('should say that there is nothing to compare with', () => {
    model.set([second]);
    openRuns(comparing, second);
    expect(shown).toEqual([]);
    expect(told()[0].message).toContain('Run the cell again');
  });

  it('should follow the session, and keep what it showed when the kernel is gone', async () => {
    files['saved.json'] = JSON.stringify(makeSession([first]));
    await openSessions(comparing, 'saved.json');
    await says('saved.json');
    expect(shown[0].node.textContent).not.toContain('brand_new');
    model.set([first, makeRecord({ cell_id: 'b', source: 'brand_new()' })]);
    await says('brand_new()');
    model.set([]);
    profile.model = null;
    await aWhile();
    await says('brand_new()');
  });

  it('should keep two runs that a restarted kernel no longer knows', async () => {
    openRuns(comparing, second, first);
    await says('x = 1');
    model.set([makeRecord({ source: 'other' })]);
    await aWhile();
    await says('x = 1');
  });

  it('should not listen any more once it is closed', async () => {
    openRuns(comparing, second);
    await says('x = 1');
    shown[0].dispose();
    expect(() => model.set([first, second])).not.toThrow();
  });

  it.each([
    ['{', 'not JSON'],
    ['{}', 'not a profile'],
    ['{"schema_version": "3.0"}', 'newer'],
    ['{"schema_version": "1.0", "cells": 3}', 'broken']
  ])('should say what is wrong with %s', async (content, message) => {
    files['a.json'] = content;
    await openSessions(comparing, 'a.json');
    expect(shown).toEqual([]);
    expect(told()[0].type).toBe('error');
    expect(told()[0].message).toContain('a.json cannot be compared.');
    expect(told()[0].message).toContain(message);
  });

  it('should say that a file cannot be read', async () => {
    await openSessions(comparing, 'gone.json');
    expect(told()[0].message).toContain('No such file');
  });

  it('should ask for a cell to be run first', async () => {
    profile.model = null;
    files['a.json'] = JSON.stringify(makeSession([first]));
    await openSessions(comparing, 'a.json');
    expect(shown).toEqual([]);
    expect(told()[0].message).toContain('run a cell');
  });

  it('should use a dialog where the main area has no room', async () => {
    openRuns({ ...comparing, show: () => undefined }, second);
    const dialog = () => document.querySelector('.jp-Dialog');
    await waitFor(() => dialog()?.textContent?.includes('x = 2') ?? false);
    dialog()?.querySelector<HTMLElement>('button.jp-mod-accept')?.click();
    await waitFor(() => dialog() === null);
  });
});
