import { Notification } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { Contents } from '@jupyterlab/services';
import type { Widget } from '@lumino/widgets';

import { NotebookProfile } from '../../../src/model/notebook-profile';
import type { SessionManager } from '../../../src/model/session-manager';
import type { SessionModel } from '../../../src/model/session-model';
import type { ISettingValues } from '../../../src/model/settings';
import { DEFAULTS } from '../../../src/model/settings';
import { ProfilerActions } from '../../../src/panel/actions';
import type { Action } from '../../../src/record/_session';
import { actionKey } from '../../../src/record/derive';
import { holdingKey } from '../../../src/record/holding';
import { makeAdvice, makeRecord, makeSession } from '../builders';
import { english } from '../english';
import { settle } from '../kernel/fake-port';
import { FakeNotebook } from '../model/fake-notebook';

/** Chunks and dialogs take their time. */
async function waitFor(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !condition(); i++) {
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  expect(condition()).toBe(true);
}

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
  let shown: Widget[];
  let settings: { values: ISettingValues; set: jest.Mock };
  let activated: NotebookProfile[];
  let isShown: boolean;
  let documents: { openOrReveal: jest.Mock };
  let contents: { get: jest.Mock };
  let front: NotebookProfile;
  let notebook: FakeNotebook;
  let owner: NotebookProfile;

  function profileOf(notebook: FakeNotebook): NotebookProfile {
    const profile = new NotebookProfile({
      notebook,
      notebooks: () => [notebook],
      rulesOff: () => [],
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
    isShown = true;
    shown = [];
    documents = { openOrReveal: jest.fn() };
    contents = { get: jest.fn(async () => ({})) };
    settings = { values: { ...DEFAULTS }, set: jest.fn() };
    actions = new ProfilerActions({
      manager: {
        get current() {
          return front;
        },
        ownerOf: () => owner,
        state: { session: null, connection: { kind: 'idle' }, running: null },
        load: jest.fn()
      } as unknown as SessionManager,
      contents: contents as unknown as Contents.IManager,
      isShown: () => isShown,
      activate: profile => void activated.push(profile),
      show: widget => void shown.push(widget),
      documents: documents as unknown as IDocumentManager,
      languages: null,
      rendermime: null,
      settings: settings,
      trans: english
    });
  });

  const told = () => Notification.manager.notifications;
  const click = (label: string) =>
    told()[0]
      .options.actions!.find(action => action.label === label)!
      .callback(new MouseEvent('click'));
  const source = () => notebook.model('a').getSource();

  describe('#openerOf()', () => {
    const source = '\n\ndef f():\n    return 1';
    const run = makeRecord({
      cell_id: 'a',
      files: [{ path: 'train.py', source, source_hash: 'f' }]
    });

    /** An editor that holds this text, and where its cursor was put. */
    function editorOf(text: string): {
      editor: object;
      lines: number[];
    } {
      const lines: number[] = [];
      const editor = {
        model: { sharedModel: { getSource: () => text } },
        lineCount: text.split('\n').length,
        setCursorPosition: ({ line }: { line: number }) => lines.push(line + 1),
        revealPosition: () => undefined,
        focus: () => undefined
      };
      return { editor, lines };
    }

    it.each([
      ['as it ran', 'import os\n\ndef f():\n    return 1', 4],
      ['moved since', 'import os\n\n\n# More\ndef f():\n    return 1', 6],
      ['changed since', 'def f():\n    return 2', 2]
    ])(
      'should open the file at the line, %s',
      async (_how, text: string, line: number) => {
        const { editor, lines } = editorOf(text);
        documents.openOrReveal.mockReturnValue({
          context: { ready: Promise.resolve() },
          content: { editor }
        });
        actions.openerOf(run, 'train.py')!(4);
        await waitFor(() => lines.length > 0);
        expect(documents.openOrReveal).toHaveBeenCalledWith(
          'work/train.py',
          'Editor'
        );
        expect(lines).toEqual([line]);
        expect(told()).toHaveLength(0);
      }
    );

    it('should say that there is no such file', async () => {
      contents.get.mockRejectedValue(new Error('404'));
      actions.openerOf(run, 'train.py')!(4);
      await waitFor(() => told().length > 0);
      expect(told()[0].message).toContain('work/train.py was not found');
      expect(documents.openOrReveal).not.toHaveBeenCalled();
    });

    it('should know what is not below the root of the server', () => {
      expect(actions.openerOf(run, '/elsewhere/train.py')).toBeNull();
      expect(actions.openerOf(run, '../../train.py')).toBeNull();
    });
  });

  describe('#goToLine()', () => {
    const long = makeRecord({ cell_id: 'a', source: 'x\ny\nz' });

    it('should go to where the line stands now, or to the cell if it is gone', async () => {
      notebook.type('a', long.source);
      actions.goToLine(long, 3);
      notebook.type('a', `# new\n${long.source}`);
      actions.goToLine(long, 3);
      notebook.type('a', 'x\ny');
      actions.goToLine(long, 3);
      await settle();
      expect(notebook.revealedLines).toEqual([
        ['a', 3],
        ['a', 4]
      ]);
      expect(notebook.revealed).toEqual([['a', true]]);
    });

    it('should say that the cell is gone', async () => {
      actions.goToLine(makeRecord({ cell_id: 'gone' }), 1);
      await settle();
      expect(told()[0].message).toContain('no longer in this notebook');
    });
  });

  describe('#apply()', () => {
    it('should change the cell and offer to run it or to undo', async () => {
      actions.apply(record, advice);
      await settle();
      expect(source()).toBe('fixed; x');
      expect(told()[0].message).toContain('Wrap in no_grad');
      click('Run the cell');
      expect(notebook.ran).toEqual(['a']);
      click('Undo');
      expect(source()).toBe('x');
    });

    it('should run the changed cells before the advised one, in the order of the notebook', async () => {
      notebook.insert('b', 'use()');
      const user = makeRecord({ cell_id: 'b', source: 'use()' });
      const session = makeSession([record, user]);
      owner.model = {
        session,
        changed: { connect: jest.fn(), disconnect: jest.fn() }
      } as unknown as SessionModel;
      actions.apply(user, advice);
      await settle();
      click('Run the cells');
      await settle();
      expect(notebook.ran).toEqual(['a', 'b']);
      // What has run since need not run again.
      session.cells!.push(makeRecord({ cell_id: 'a', source: 'fixed; x' }));
      notebook.ran.length = 0;
      actions.run(user, advice);
      await settle();
      expect(notebook.ran).toEqual(['b']);
    });

    it('should leave the detail open that says what to measure', async () => {
      notebook.insert('b', 'use()');
      const user = makeRecord({
        run_id: 'use',
        cell_id: 'b',
        source: 'use()'
      });
      owner.model = {
        session: makeSession([record, user]),
        changed: { connect: jest.fn(), disconnect: jest.fn() }
      } as unknown as SessionModel;
      jest.spyOn(notebook, 'reveal').mockImplementation(async cellId => {
        notebook.activeCellChanged.emit(cellId);
        return true;
      });
      owner.select('use');
      actions.apply(user, advice);
      await settle();
      expect(source()).toBe('fixed; x');
      expect(owner.selected?.run_id).toBe('use');
      // With none open, none opens.
      click('Undo');
      owner.select(null);
      actions.apply(user, advice);
      await settle();
      expect(owner.selected).toBeNull();
    });

    it('should leave the cells below one that fails', async () => {
      notebook.insert('b', 'use()');
      notebook.failing.add('a');
      const user = makeRecord({ cell_id: 'b', source: 'use()' });
      actions.apply(user, advice);
      await settle();
      actions.run(user, advice);
      await settle();
      expect(notebook.ran).toEqual(['a']);
    });

    it('should say why a fix is refused', async () => {
      notebook.type('a', 'y');
      actions.apply(record, advice);
      await settle();
      expect(source()).toBe('y');
      expect(told()).toMatchObject([
        { type: 'warning', message: expect.stringContaining('edited since') }
      ]);
    });

    it('should not undo over what was typed since', async () => {
      actions.apply(record, advice);
      await settle();
      notebook.type('a', 'mine');
      click('Undo');
      expect(source()).toBe('mine');
      expect(told()).toHaveLength(2);
    });

    it('should do nothing for advice without a fix', async () => {
      actions.apply(record, makeAdvice());
      await settle();
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

    it('should leave a tab before the notebook, unless it is asked for', async () => {
      isShown = false;
      actions.jumpTo(record);
      await settle();
      expect(activated).toEqual([]);
      actions.jumpTo(record, true);
      await settle();
      expect(activated).toEqual([front]);
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

  it('#dismiss() should be remembered in the notebook of the cell', () => {
    front = profileOf(new FakeNotebook());
    actions.dismiss(makeAdvice({ cell_id: 'a', rule: 'r' }), true);
    expect(notebook.metadata('jupyterlab-torchprof')).toEqual({
      dismissed: [{ rule: 'r', cell_id: 'a' }]
    });
    actions.dismiss(makeAdvice({ cell_id: 'a', rule: 'r' }), false);
    expect(notebook.metadata('jupyterlab-torchprof')).toBeUndefined();
  });

  it('#turnOff() should change the settings, with a way back', () => {
    settings.values.rulesOff = ['other', 'r'];
    actions.turnOff('r');
    expect(settings.set).toHaveBeenLastCalledWith('rulesOff', ['other', 'r']);
    click('Undo');
    expect(settings.set).toHaveBeenLastCalledWith('rulesOff', ['other']);
  });

  describe('#act()', () => {
    const run: Action = {
      kind: 'run_cell',
      title: 'Run the cell',
      description: '',
      targets: ['a']
    };

    it('should run a cell as the notebook does, in the notebook that has it', () => {
      front = profileOf(new FakeNotebook());
      actions.act(record, advice, run);
      expect(notebook.ran).toEqual(['a']);
    });

    it('should say that the cell is gone', () => {
      actions.act(record, advice, { ...run, targets: ['gone'] });
      expect(told()[0].message).toContain('no longer');
    });

    it('should leave everything else to the kernel', () => {
      const act = jest.fn();
      (front.model as unknown as { act: jest.Mock }).act = act;
      const action: Action = { ...run, kind: 'delete_names', targets: ['x'] };
      actions.act(record, advice, action);
      expect(act).toHaveBeenCalledWith(
        actionKey(record, advice, action),
        action
      );
      actions.release(action);
      expect(act).toHaveBeenLastCalledWith(holdingKey(action), action);
      expect(notebook.ran).toEqual([]);
    });
  });

  describe('#deepen()', () => {
    it('should ask the kernel first, and run the cell then', () => {
      const order: string[] = [];
      const askDeep = jest.fn(() => void order.push(...notebook.ran, 'asked'));
      (front.model as unknown as { askDeep: jest.Mock }).askDeep = askDeep;
      actions.deepen(record);
      expect(askDeep).toHaveBeenCalledWith('a');
      expect([order, notebook.ran]).toEqual([['asked'], ['a']]);
    });

    it('should run nothing that would not be recorded', () => {
      (front.model as unknown as { askDeep: jest.Mock }).askDeep = jest.fn(
        () => {
          throw new Error('The kernel cannot be reached.');
        }
      );
      actions.deepen(record);
      expect(notebook.ran).toEqual([]);
      expect(told()[0].message).toContain('cannot be reached');
    });

    it('should say that the cell is gone', () => {
      actions.deepen(makeRecord({ cell_id: 'gone' }));
      expect(told()[0].message).toContain('no longer');
    });
  });

  describe('#tryOut()', () => {
    const tryOut = jest.fn<Promise<string | null>, unknown[]>();

    beforeEach(() => {
      (front.model as unknown as { tryOut: jest.Mock }).tryOut = tryOut;
    });

    it('should have the kernel try, and say why it could not', async () => {
      tryOut.mockResolvedValueOnce(null).mockResolvedValueOnce('It is gone.');
      expect(await actions.tryOut(record, 2, 'sdpa')).toBeNull();
      expect(tryOut).toHaveBeenCalledWith(record.run_id, 2, 'sdpa');
      expect(await actions.tryOut(record, 2, 'sdpa')).toBe('It is gone.');
    });
  });

  describe('#saveTrace()', () => {
    const model = () =>
      front.model as unknown as { trace: jest.Mock<Promise<Uint8Array>> };

    it('should have the browser save what the kernel kept', async () => {
      const clicked = jest
        .spyOn(HTMLAnchorElement.prototype, 'click')
        .mockImplementation();
      URL.createObjectURL = jest.fn(() => 'blob:x');
      model().trace = jest.fn().mockResolvedValue(new Uint8Array([1]));
      actions.saveTrace({ ...record, execution_count: 3 });
      for (let turn = 0; turn < 20 && !clicked.mock.calls.length; turn++) {
        await new Promise(resolve => setTimeout(resolve));
      }
      expect(model().trace).toHaveBeenCalledWith(record.run_id);
      const [link] = clicked.mock.instances as unknown as HTMLAnchorElement[];
      expect(link.download).toMatch(/-cell-3\.trace\.json\.gz$/);
      clicked.mockRestore();
    });
  });

  describe('#applySafe()', () => {
    const accept = () =>
      document.querySelector<HTMLElement>('.jp-Dialog .jp-mod-accept')!.click();

    it('should list the fixes, apply them on agreement, and undo them', async () => {
      const safe = { ...fix, safe: true };
      record.advice = [makeAdvice({ cell_id: 'a', fix: safe })];
      try {
        actions.applySafe();
        const dialog = () => document.querySelector('.jp-Dialog')?.textContent;
        await waitFor(() => dialog()?.includes('Wrap in no_grad') ?? false);
        expect(source()).toBe('x');
        accept();
        await waitFor(() => source() === 'fixed; x');
        notebook.cellsChanged.emit('a');
        expect(front.applied.size).toBe(1);
        expect(told()[0].message).toContain('one fix in cell');
        click('Run the cell');
        expect(notebook.ran).toEqual(['a']);
        click('Undo');
        expect(source()).toBe('x');
      } finally {
        record.advice = [];
      }
    });

    it('should say that there is none', async () => {
      record.advice = [makeAdvice({ cell_id: 'a', fix })];
      actions.applySafe();
      await waitFor(() => told().length > 0);
      expect(told()[0].message).toContain('no safe fix');
      record.advice = [];
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

  it('#compare() should open a tab, or say that there is one run only', async () => {
    actions.compare(record);
    await waitFor(() => told().length > 0);
    expect(told()[0].message).toContain('Run the cell again');
    actions.compare(record, makeRecord({ cell_id: 'a' }));
    await waitFor(() => shown.length > 0);
    expect(shown[0].title.label).toContain('Compare · cell');
    shown[0].dispose();
  });

  it('#compareSession() should say why a file cannot be compared', async () => {
    actions.compareSession('gone.json');
    await waitFor(() => told().length > 0);
    expect(told()[0].message).toContain('gone.json cannot be compared.');
  });

  it('#saveSession() should say that there is nothing to save', async () => {
    actions.saveSession();
    await waitFor(() => told().length > 0);
    expect(told()[0].message).toContain('nothing to save');
  });

  it('#exportReport() should say that there is nothing to export', async () => {
    actions.exportReport();
    await waitFor(() => told().length > 0);
    expect(told()[0].message).toContain('nothing to export');
  });
});
