import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { torchprofIcon } from './icons';
import type { Advice, CellRecord } from './record/_session';
import { findRun, openAdvice } from './record/derive';
import type { IProfiler } from './tokens';
import type { ITranslate } from './views/state';

/** Ids of the commands; `schema/plugin.json` puts them into menus and toolbars. */
export namespace CommandIDs {
  /** Show the panel. */
  export const open = 'torchprof:open';
  /** Show or hide the panel. */
  export const toggle = 'torchprof:toggle';
  /** Save an HTML report beside the notebook. */
  export const exportReport = 'torchprof:export-report';
  /** Show two runs of a cell side by side. */
  export const compareRuns = 'torchprof:compare-runs';
  /** Show the session beside a saved one. */
  export const compareSession = 'torchprof:compare-session';
  /** Save the session beside the notebook. */
  export const saveSession = 'torchprof:save-session';
  /** Show a fix as a diff. */
  export const previewFix = 'torchprof:preview-fix';
  /** Apply a fix. */
  export const applyFix = 'torchprof:apply-fix';
  /** Apply all safe fixes of the notebook. */
  export const applySafeFixes = 'torchprof:apply-safe-fixes';
  /** Go from the panel to the cell. */
  export const jumpToCell = 'torchprof:jump-to-cell';
  /** Show or hide the badges under cells. */
  export const toggleBadges = 'torchprof:toggle-badges';
  /** Show or hide the bars beside lines. */
  export const toggleHeat = 'torchprof:toggle-line-heat';
  /** Underline what advice is about, or not. */
  export const toggleUnderlines = 'torchprof:toggle-advice-underlines';
  /** Show the advice on the line of the cursor. */
  export const showAdvice = 'torchprof:show-advice-at-cursor';
  /** Load the kernel extension. */
  export const loadExtension = 'torchprof:load-extension';
}

/** Commands that make sense without arguments, in the order of the palette. */
export const PALETTE = [
  CommandIDs.toggle,
  CommandIDs.exportReport,
  CommandIDs.compareRuns,
  CommandIDs.compareSession,
  CommandIDs.saveSession,
  CommandIDs.previewFix,
  CommandIDs.applyFix,
  CommandIDs.applySafeFixes,
  CommandIDs.jumpToCell,
  CommandIDs.showAdvice,
  CommandIDs.toggleBadges,
  CommandIDs.toggleHeat,
  CommandIDs.toggleUnderlines,
  CommandIDs.loadExtension
];

/** Commands that turn a setting on or off. */
export const TOGGLES = [
  CommandIDs.toggleBadges,
  CommandIDs.toggleHeat,
  CommandIDs.toggleUnderlines
];

/** Where the panel is shown. */
export interface IPanelPlace {
  readonly isOpen: boolean;
  open(): void;
  close(): void;
}

/** What a command without arguments is described by. */
export const NO_ARGUMENTS = { args: { type: 'object', properties: {} } };

/** Arguments that name a run; without them the open run, else that of the active cell. */
const RUN_ARGUMENTS = {
  args: {
    type: 'object',
    properties: {
      runId: {
        type: 'string',
        description: 'The run; the one in the panel, or of the active cell'
      }
    }
  }
};

/** Arguments that name a piece of advice as well; without it the first with a fix. */
const FIX_ARGUMENTS = {
  args: {
    type: 'object',
    properties: {
      ...RUN_ARGUMENTS.args.properties,
      rule: {
        type: 'string',
        description: 'The rule of the advice; the first with a fix'
      }
    }
  }
};

/** Arguments that name two runs of a cell, in any order. */
const COMPARE_ARGUMENTS = {
  args: {
    type: 'object',
    properties: {
      before: {
        type: 'string',
        description: 'Id of a run; the last before the source changed'
      },
      after: {
        type: 'string',
        description: 'Id of a run; the one in the panel, or of the active cell'
      }
    }
  }
};

const PATH_ARGUMENTS = {
  args: {
    type: 'object',
    properties: {
      path: {
        type: 'string',
        description: 'The saved session, a JSON file; asked for'
      }
    }
  }
};

/** Register the commands. */
export function addCommands(
  commands: CommandRegistry,
  { sessions, actions, settings }: IProfiler,
  place: IPanelPlace,
  trans: ITranslate
): void {
  const runOf = (args: ReadonlyPartialJSONObject): CellRecord | null => {
    const profile = sessions.current;
    const session = profile?.model?.session;
    if (!profile || !session) {
      return null;
    }
    if (typeof args.runId === 'string') {
      return findRun(session, args.runId);
    }
    const active = profile.notebook.activeCellId;
    return profile.selected ?? (active ? profile.latestRun(active) : null);
  };

  const adviceOf = (
    args: ReadonlyPartialJSONObject
  ): [CellRecord, Advice] | null => {
    const run = runOf(args);
    const advice = run
      ? openAdvice(run, sessions.current?.silenced).find(
          ({ rule, fix }) => fix && (args.rule ?? rule) === rule
        )
      : undefined;
    return run && advice ? [run, advice] : null;
  };

  commands.addCommand(CommandIDs.open, {
    label: trans.__('Show PyTorch Profiler'),
    icon: torchprofIcon,
    describedBy: NO_ARGUMENTS,
    execute: () => place.open()
  });
  commands.addCommand(CommandIDs.toggle, {
    label: trans.__('PyTorch Profiler'),
    caption: trans.__(
      'Show where tensors live and what each cell cost, or hide it'
    ),
    icon: torchprofIcon,
    describedBy: NO_ARGUMENTS,
    isToggleable: true,
    isToggled: () => place.isOpen,
    execute: () => (place.isOpen ? place.close() : place.open())
  });
  commands.addCommand(CommandIDs.exportReport, {
    label: trans.__('Export HTML Report of the Profile…'),
    caption: trans.__('Save what was measured as one HTML file'),
    describedBy: NO_ARGUMENTS,
    isEnabled: () => (sessions.current?.model?.session?.cells ?? []).length > 0,
    execute: () => actions.exportReport()
  });
  commands.addCommand(CommandIDs.compareRuns, {
    label: trans.__('Compare Runs of Profiled Cell'),
    caption: trans.__('Show what changed between two runs of a cell'),
    describedBy: COMPARE_ARGUMENTS,
    isEnabled: args => runOf({ runId: args.after }) !== null,
    execute: args => {
      const run = runOf({ runId: args.after });
      const other = args.before ? runOf({ runId: args.before }) : undefined;
      return run && other !== null && actions.compare(run, other);
    }
  });
  commands.addCommand(CommandIDs.compareSession, {
    label: trans.__('Compare with Saved Profile…'),
    caption: trans.__('Show what changed since a session that was saved'),
    describedBy: PATH_ARGUMENTS,
    execute: ({ path }) =>
      actions.compareSession(typeof path === 'string' ? path : undefined)
  });
  commands.addCommand(CommandIDs.saveSession, {
    label: trans.__('Save Profile'),
    caption: trans.__('Save what was measured, to be compared later'),
    describedBy: NO_ARGUMENTS,
    isEnabled: () => (sessions.current?.model?.session?.cells ?? []).length > 0,
    execute: () => actions.saveSession()
  });
  commands.addCommand(CommandIDs.previewFix, {
    label: trans.__('Preview Suggested Fix…'),
    caption: trans.__('Show what the fix would change'),
    describedBy: FIX_ARGUMENTS,
    isEnabled: args => adviceOf(args) !== null,
    execute: args => {
      const found = adviceOf(args);
      return found && actions.preview(...found);
    }
  });
  commands.addCommand(CommandIDs.applyFix, {
    label: trans.__('Apply Suggested Fix'),
    caption: trans.__('Change the cell, as one undo step'),
    describedBy: FIX_ARGUMENTS,
    isEnabled: args => adviceOf(args) !== null,
    execute: args => {
      const found = adviceOf(args);
      return found && actions.apply(...found);
    }
  });
  commands.addCommand(CommandIDs.applySafeFixes, {
    label: trans.__('Apply All Safe Fixes of the Profiler…'),
    caption: trans.__(
      'Apply the suggested fixes that keep every value; what will be done is shown first'
    ),
    describedBy: NO_ARGUMENTS,
    isEnabled: () => (sessions.current?.model?.session?.cells ?? []).length > 0,
    execute: () => actions.applySafe()
  });
  commands.addCommand(CommandIDs.jumpToCell, {
    label: trans.__('Go to Profiled Cell'),
    caption: trans.__('Go from the profiler to the cell in the notebook'),
    describedBy: RUN_ARGUMENTS,
    isEnabled: args => runOf(args) !== null,
    execute: args => {
      const run = runOf(args);
      return run && actions.focusCell(run);
    }
  });
  const addToggle = (
    id: string,
    key: 'badges' | 'lineHeat' | 'adviceUnderlines',
    label: string,
    caption: string
  ) =>
    commands.addCommand(id, {
      label,
      caption,
      describedBy: NO_ARGUMENTS,
      isToggleable: true,
      isToggled: () => settings.values[key],
      execute: () => settings.set(key, !settings.values[key])
    });
  addToggle(
    CommandIDs.toggleBadges,
    'badges',
    trans.__('Show Profile under Cells'),
    trans.__('Time, memory and advice in one line under each cell')
  );
  addToggle(
    CommandIDs.toggleHeat,
    'lineHeat',
    trans.__('Show Profile beside Lines'),
    trans.__('Share of time and growth of memory of each line')
  );
  addToggle(
    CommandIDs.toggleUnderlines,
    'adviceUnderlines',
    trans.__('Underline Lines with Suggestions'),
    trans.__('Mark the lines that suggestions are about')
  );
  commands.addCommand(CommandIDs.loadExtension, {
    label: trans.__('Load Profiler in Kernel'),
    caption: trans.__('Load the kernel extension of the profiler'),
    describedBy: NO_ARGUMENTS,
    isEnabled: () =>
      ['idle', 'missing', 'disconnected'].includes(sessions.connection.kind),
    execute: () => actions.load()
  });
}
