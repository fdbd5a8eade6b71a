import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { Bodies } from './command-bodies';
import { CommandIDs } from './command-ids';
import { torchprofIcon } from './icons';
import type { ILazyProfiler } from './tokens';
import type { ITranslate } from './views/state';

/** Where the panel is shown. */
export interface IPanelPlace {
  readonly isOpen: boolean;
  /** Show it, wherever it is. */
  open(): void;
  close(): void;
  /** Whether it can be a tab of the main area. */
  readonly hasTabs: boolean;
  /** Whether it is one. */
  readonly isTab: boolean;
  /** Show it as a tab beside the notebook. */
  openTab(): void;
  /** Show it in its sidebar again. */
  closeTab(): void;
}

/** What a command without arguments is described by. */
const NO_ARGUMENTS = { args: { type: 'object', properties: {} } };

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

const REPORT_ARGUMENTS = {
  args: {
    type: 'object',
    properties: {
      source: {
        type: 'boolean',
        description: 'Whether the source of the cells is in the report; true'
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

/**
 * Register the commands. What they do is loaded with the profiler; until then those that need a
 * profile are disabled.
 */
export function addCommands(
  commands: CommandRegistry,
  profiler: ILazyProfiler,
  place: IPanelPlace,
  trans: ITranslate
): void {
  const { settings } = profiler;
  let bodies: Bodies | null = null;
  const load = async () => {
    bodies ??= (
      await import(/* webpackChunkName: "profiler" */ './command-bodies')
    ).bodiesOf(await profiler.load());
    return bodies;
  };
  void profiler.ready.then(load).then(() => commands.notifyCommandChanged());

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
  commands.addCommand(CommandIDs.mainArea, {
    label: trans.__('Show PyTorch Profiler in Main Area'),
    caption: trans.__(
      'Show the profiler in a tab beside the notebook, or in its sidebar again'
    ),
    icon: torchprofIcon,
    describedBy: NO_ARGUMENTS,
    isVisible: () => place.hasTabs,
    isEnabled: () => place.hasTabs,
    isToggleable: true,
    isToggled: () => place.isTab,
    execute: () => (place.isTab ? place.closeTab() : place.openTab())
  });

  const add = (
    id: keyof Bodies,
    label: string | ((args: ReadonlyPartialJSONObject) => string),
    caption: string,
    describedBy: CommandRegistry.ICommandOptions['describedBy'] = NO_ARGUMENTS
  ) =>
    commands.addCommand(id, {
      label,
      caption,
      describedBy,
      isEnabled: args => bodies?.[id].isEnabled(args) ?? false,
      execute: async args => (await load())[id].execute(args)
    });
  add(
    CommandIDs.exportReport,
    ({ source }) =>
      source === false
        ? trans.__('Export HTML Report of the Profile without Source…')
        : trans.__('Export HTML Report of the Profile…'),
    trans.__('Save what was measured as one HTML file'),
    REPORT_ARGUMENTS
  );
  add(
    CommandIDs.compareRuns,
    trans.__('Compare Runs of Profiled Cell'),
    trans.__('Show what changed between two runs of a cell'),
    COMPARE_ARGUMENTS
  );
  add(
    CommandIDs.saveSession,
    trans.__('Save Profile'),
    trans.__('Save what was measured, to be compared later')
  );
  add(
    CommandIDs.previewFix,
    trans.__('Preview Suggested Fix…'),
    trans.__('Show what the fix would change'),
    FIX_ARGUMENTS
  );
  add(
    CommandIDs.applyFix,
    trans.__('Apply Suggested Fix'),
    trans.__('Change the cell, as one undo step'),
    FIX_ARGUMENTS
  );
  add(
    CommandIDs.applySafeFixes,
    trans.__('Apply All Safe Fixes of the Profiler…'),
    trans.__(
      'Apply the suggested fixes that keep every value; what will be done is shown first'
    )
  );
  add(
    CommandIDs.jumpToCell,
    trans.__('Go to Profiled Cell'),
    trans.__('Go from the profiler to the cell in the notebook'),
    RUN_ARGUMENTS
  );
  add(
    CommandIDs.nextCell,
    trans.__('Go to Next Profiled Cell'),
    trans.__('Go to the next cell that has a profile, and show it')
  );
  add(
    CommandIDs.previousCell,
    trans.__('Go to Previous Profiled Cell'),
    trans.__('Go to the previous cell that has a profile, and show it')
  );
  add(
    CommandIDs.showAdvice,
    trans.__('Show Suggestion at Cursor'),
    trans.__('Show what is suggested for the line of the cursor')
  );
  add(
    CommandIDs.loadExtension,
    trans.__('Load Profiler in Kernel'),
    trans.__('Load the kernel extension of the profiler')
  );
  // Two saved sessions can be compared without any notebook.
  commands.addCommand(CommandIDs.compareSession, {
    label: trans.__('Compare with Saved Profile…'),
    caption: trans.__('Show what changed since a session that was saved'),
    describedBy: PATH_ARGUMENTS,
    execute: async args =>
      (await load())[CommandIDs.compareSession].execute(args)
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
}
