import { Notification } from '@jupyterlab/apputils';
import type { Contents } from '@jupyterlab/services';

import { NotebookProfile } from '../../../src/model/notebook-profile';
import type { SessionManager } from '../../../src/model/session-manager';
import type { SessionModel } from '../../../src/model/session-model';
import { ProfilerActions } from '../../../src/panel/actions';
import { makeAdvice, makeRecord, makeSession } from '../builders';
import { english } from '../english';
import { settle } from '../kernel/fake-port';
import { FakeNotebook } from '../model/fake-notebook';

describe('panel/actions', () => {
  const fix = {
    title: 'Wrap in no_grad',
    edits: [
      {
        cell_id: 'a',
        source_hash: 'h',
        start: { line: 0, column: 0 },
        end: { line: 0, column: 0 },
        new_text: 'fixed; '
      }
    ]
  };
  const advice = makeAdvice({ fix });
  const record = makeRecord({ cell_id: 'a', source: 'x', source_hash: 'h' });

  let actions: ProfilerActions;
  let activated: NotebookProfile[];
  let front: NotebookProfile;
  let notebook: FakeNotebook;
  let owner: NotebookProfile;

  function profileOf(notebook: FakeNotebook): NotebookProfile {
    const profile = new NotebookProfile({
      notebook,
      notebooks: () => [notebook],
      trans: english
    });
    profile.model = {
      session: makeSession([record]),
      changed: { connect: jest.fn(), disconnect: jest.fn() }
    } as unknown as SessionModel;
    return profile;
  }

  beforeEach(() => {
    Notification.dismiss();
    notebook = new FakeNotebook({ a: 'x' });
    owner = front = profileOf(notebook);
    activated = [];
    actions = new ProfilerActions({
      manager: {
        get current() {
          return front;
        },
        ownerOf: () => owner,
        state: { session: null },
        load: jest.fn()
      } as unknown as SessionManager,
      contents: {} as Contents.IManager,
      activate: profile => void activated.push(profile),
      languages: null,
      trans: english
    });
  });

  const told = () => Notification.manager.notifications;
  const click = (label: string) =>
    told()[0]
      .options.actions!.find(action => action.label === label)!
      .callback(new MouseEvent('click'));
  const source = () => notebook.model('a').getSource();

  describe('#apply()', () => {
    it('should change the cell and offer to run it or to undo', () => {
      actions.apply(record, advice);
      expect(source()).toBe('fixed; x');
      expect(told()[0].message).toContain('Wrap in no_grad');
      click('Run the cell');
      expect(notebook.ran).toEqual(['a']);
      click('Undo');
      expect(source()).toBe('x');
    });

    it('should say why a fix is refused', () => {
      notebook.type('a', 'y');
      actions.apply(record, advice);
      expect(source()).toBe('y');
      expect(told()).toMatchObject([
        { type: 'warning', message: expect.stringContaining('edited since') }
      ]);
    });

    it('should not undo over what was typed since', () => {
      actions.apply(record, advice);
      notebook.type('a', 'mine');
      click('Undo');
      expect(source()).toBe('mine');
      expect(told()).toHaveLength(2);
    });

    it('should do nothing for advice without a fix', () => {
      actions.apply(record, makeAdvice());
      expect(source()).toBe('x');
      expect(told()).toEqual([]);
    });
  });

  describe('#jumpTo()', () => {
    it('should reveal the cell, with the focus only where it is asked for', async () => {
      actions.jumpTo(record);
      actions.focusCell(record);
      await settle();
      expect(notebook.revealed).toEqual([
        ['a', false],
        ['a', true]
      ]);
      expect(activated).toEqual([]);
    });

    it('should bring another notebook on the same kernel to the front', async () => {
      front = profileOf(new FakeNotebook());
      actions.jumpTo(record);
      await settle();
      expect(activated).toEqual([owner]);
      expect(notebook.revealed).toHaveLength(1);
    });

    it('should say that the cell is gone', async () => {
      notebook.remove('a');
      actions.jumpTo(record);
      await settle();
      expect(told()[0].message).toContain('no longer');
    });
  });

  it('#preview() should say why a fix is refused instead of showing it', async () => {
    notebook.isReadOnly = true;
    actions.preview(record, advice);
    await settle();
    expect(told()).toMatchObject([
      { type: 'warning', message: 'The notebook is read-only.' }
    ]);
  });

  it('#exportReport() should say that there is nothing to export', async () => {
    actions.exportReport();
    await settle();
    expect(told()[0].message).toContain('nothing to export');
  });
});
