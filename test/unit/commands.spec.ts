import { CommandRegistry } from '@lumino/commands';
import { readFileSync } from 'fs';

import { CommandIDs, PALETTE } from '../../src/command-ids';
import { addCommands } from '../../src/commands';
import { setDismissed } from '../../src/model/dismissals';
import { NotebookProfile } from '../../src/model/notebook-profile';
import type { SessionModel } from '../../src/model/session-model';
import { DEFAULTS } from '../../src/model/settings';
import type { Connection } from '../../src/views/state';
import { LazyProfiler } from '../../src/lazy-profiler';
import type { ProfilerSettings } from '../../src/model/settings';
import type { IProfiler } from '../../src/tokens';
import { makeAdvice, makeRecord, makeSession } from './builders';
import { english } from './english';
import { FakeNotebook } from './model/fake-notebook';

const schema = JSON.parse(readFileSync('schema/plugin.json', 'utf8'));

describe('commands', () => {
  let actions: Record<string, jest.Mock>;
  let commands: CommandRegistry;
  let connection: Connection;
  let notebook: FakeNotebook;
  let profile: NotebookProfile | null;
  let settings: { values: typeof DEFAULTS; set: jest.Mock };
  let hasTabs: boolean;
  let isOpen: boolean;
  let isTab: boolean;
  let lazy: LazyProfiler;

  const fix = { title: 'Wrap', edits: [] };
  const plain = makeAdvice({ severity: 'high', rule: 'no-fix', cell_id: 'a' });
  const low = makeAdvice({
    severity: 'low',
    rule: 'low',
    cell_id: 'a',
    fix
  });
  const high = makeAdvice({
    severity: 'high',
    rule: 'high',
    cell_id: 'a',
    fix
  });
  const a = makeRecord({ cell_id: 'a', advice: [plain, high, low] });
  const b = makeRecord({ cell_id: 'b', advice: [plain] });

  beforeEach(async () => {
    actions = {};
    for (const name of [
      'apply',
      'applySafe',
      'preview',
      'exportReport',
      'compareSession',
      'focusCell',
      'select'
    ]) {
      actions[name] = jest.fn();
    }
    actions.load = jest.fn();
    commands = new CommandRegistry();
    connection = { kind: 'connected', enabled: true };
    notebook = new FakeNotebook({ a: '', unprofiled: '', b: '' });
    profile = new NotebookProfile({
      notebook,
      notebooks: () => [notebook],
      rulesOff: () => [],
      trans: english
    });
    const session = makeSession([a, b]);
    profile.model = {
      session,
      changed: { connect: jest.fn(), disconnect: jest.fn() }
    } as unknown as SessionModel;
    settings = { values: { ...DEFAULTS }, set: jest.fn() };
    hasTabs = true;
    isOpen = false;
    isTab = false;
    const sessions = {
      get current() {
        return profile;
      },
      get connection() {
        return connection;
      }
    };
    lazy = new LazyProfiler(
      settings as unknown as ProfilerSettings,
      async () => ({ sessions, actions, settings }) as unknown as IProfiler
    );
    addCommands(
      commands,
      lazy,
      {
        get isOpen() {
          return isOpen;
        },
        open: () => void (isOpen = true),
        close: () => void (isOpen = false),
        get hasTabs() {
          return hasTabs;
        },
        get isTab() {
          return isTab;
        },
        openTab: () => void (isTab = true),
        closeTab: () => void (isTab = false)
      },
      english
    );
    await lazy.load();
    await new Promise<void>(resolve => {
      // Once they can tell whether they are enabled.
      commands.commandChanged.connect((_, { type }) => {
        if (type === 'many-changed') {
          resolve();
        }
      });
    });
  });

  it('should all be described, labelled and in the palette if they need nothing', async () => {
    for (const id of Object.values(CommandIDs)) {
      expect(commands.label(id)).not.toBe('');
      const { args } = await commands.describedBy(id);
      expect(args).toMatchObject({ type: 'object' });
    }
    expect(PALETTE.every(id => commands.hasCommand(id))).toBe(true);
  });

  it('should be those that menus and toolbars of the schema name', () => {
    const named = JSON.stringify(schema).match(/torchprof:[a-z-]+"/g) ?? [];
    const ids = named
      .map(name => name.slice(0, -1))
      .filter(name => name !== 'torchprof:icon');
    expect(ids.length).toBeGreaterThan(1);
    for (const id of ids) {
      expect(commands.hasCommand(id)).toBe(true);
    }
  });

  it('should show and hide the panel', async () => {
    await commands.execute(CommandIDs.toggle);
    expect(commands.isToggled(CommandIDs.toggle)).toBe(true);
    await commands.execute(CommandIDs.toggle);
    expect(isOpen).toBe(false);
    await commands.execute(CommandIDs.open);
    await commands.execute(CommandIDs.open);
    expect(isOpen).toBe(true);
  });

  it('should show the panel in the main area, where that can have tabs', async () => {
    const { mainArea } = CommandIDs;
    await commands.execute(mainArea);
    expect(commands.isToggled(mainArea)).toBe(true);
    await commands.execute(mainArea);
    expect(commands.isToggled(mainArea)).toBe(false);
    hasTabs = false;
    expect(commands.isVisible(mainArea)).toBe(false);
    expect(commands.isEnabled(mainArea)).toBe(false);
  });

  it('should fix the open run, else that of the active cell, by the first advice with a fix', async () => {
    expect(commands.isEnabled(CommandIDs.applyFix)).toBe(false);
    notebook.click('a');
    await commands.execute(CommandIDs.applyFix);
    expect(actions.apply).toHaveBeenCalledWith(a, high);
    await commands.execute(CommandIDs.previewFix, { rule: 'low' });
    expect(actions.preview).toHaveBeenCalledWith(a, low);
    profile!.select(b.run_id);
    expect(commands.isEnabled(CommandIDs.applyFix)).toBe(false);
  });

  it('should pass over advice that was dismissed', async () => {
    setDismissed(notebook, { rule: 'high', cell_id: 'a' }, true);
    profile!.silence();
    notebook.click('a');
    await commands.execute(CommandIDs.applyFix);
    expect(actions.apply).toHaveBeenCalledWith(a, low);
  });

  it('should apply all safe fixes once something was profiled', async () => {
    await commands.execute(CommandIDs.applySafeFixes);
    expect(actions.applySafe).toHaveBeenCalledTimes(1);
    profile = null;
    expect(commands.isEnabled(CommandIDs.applySafeFixes)).toBe(false);
  });

  it('should take the run and the rule from the arguments', async () => {
    const args = { runId: a.run_id, rule: 'low' };
    await commands.execute(CommandIDs.applyFix, args);
    expect(actions.apply).toHaveBeenCalledWith(a, low);
    const wrong = { runId: a.run_id, rule: 'no-fix' };
    expect(commands.isEnabled(CommandIDs.applyFix, wrong)).toBe(false);
    await commands.execute(CommandIDs.jumpToCell, { runId: b.run_id });
    expect(actions.focusCell).toHaveBeenCalledWith(b);
    expect(commands.isEnabled(CommandIDs.jumpToCell, { runId: 'x' })).toBe(
      false
    );
  });

  it('should go to the next and the previous profiled cell', async () => {
    const step = async (id: string, from: string) => {
      notebook.click(from);
      await commands.execute(id);
    };
    await step(CommandIDs.nextCell, 'a');
    expect(actions.focusCell).toHaveBeenLastCalledWith(b);
    expect(actions.select).not.toHaveBeenCalled();
    profile!.select(b.run_id);
    await step(CommandIDs.previousCell, 'b');
    expect(actions.focusCell).toHaveBeenLastCalledWith(a);
    expect(actions.select).toHaveBeenLastCalledWith(a.run_id);
    notebook.click('a');
    expect(commands.isEnabled(CommandIDs.previousCell)).toBe(false);
    notebook.click('b');
    expect(commands.isEnabled(CommandIDs.nextCell)).toBe(false);
  });

  it('should export with source or without', async () => {
    const { exportReport } = CommandIDs;
    await commands.execute(exportReport);
    expect(actions.exportReport).toHaveBeenLastCalledWith(true);
    await commands.execute(exportReport, { source: false });
    expect(actions.exportReport).toHaveBeenLastCalledWith(false);
    expect(commands.label(exportReport, { source: false })).toContain(
      'without Source'
    );
    expect(commands.label(exportReport)).not.toContain('without');
  });

  it('should wait with what needs a profile until the profiler is loaded', async () => {
    const early = new CommandRegistry();
    const create = jest.fn(async () => lazy.load());
    const later = new LazyProfiler(lazy.settings, create);
    const place = {
      isOpen: false,
      open: jest.fn(),
      close: jest.fn(),
      hasTabs: false,
      isTab: false,
      openTab: jest.fn(),
      closeTab: jest.fn()
    };
    addCommands(early, later, place, english);
    expect(early.isEnabled(CommandIDs.exportReport)).toBe(false);
    expect(early.isEnabled(CommandIDs.compareSession)).toBe(true);
    expect(create).not.toHaveBeenCalled();
    await early.execute(CommandIDs.compareSession, { path: 'saved.json' });
    expect(create).toHaveBeenCalledTimes(1);
    expect(actions.compareSession).toHaveBeenCalledWith('saved.json');
  });

  it('should be disabled without a notebook', () => {
    profile = null;
    for (const id of [
      CommandIDs.exportReport,
      CommandIDs.applyFix,
      CommandIDs.jumpToCell,
      CommandIDs.loadExtension
    ]) {
      expect(commands.isEnabled(id)).toBe(false);
    }
  });

  it('should load only where the extension is not', async () => {
    connection = { kind: 'idle' };
    expect(commands.isEnabled(CommandIDs.loadExtension)).toBe(true);
    await commands.execute(CommandIDs.loadExtension);
    expect(actions.load).toHaveBeenCalled();
  });

  it('should turn badges off for good', async () => {
    expect(commands.isToggled(CommandIDs.toggleBadges)).toBe(true);
    await commands.execute(CommandIDs.toggleBadges);
    expect(settings.set).toHaveBeenCalledWith('badges', false);
  });

  it('should have the defaults of the schema', () => {
    for (const [key, value] of Object.entries(DEFAULTS)) {
      expect(schema.properties[key].default).toEqual(value);
    }
    expect(Object.keys(schema.properties).sort()).toEqual(
      Object.keys(DEFAULTS).sort()
    );
  });
});
