/** What the commands do; loaded with the profiler. */
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { cellsOf } from './cell/attach';
import { CommandIDs } from './command-ids';
import type { Advice, CellRecord } from './record/_session';
import { findRun, openAdvice } from './record/derive';
import type { IProfiler } from './tokens';

type Arguments = ReadonlyPartialJSONObject;

/** What one command does, and when it can. */
interface IBody {
  isEnabled(args: Arguments): boolean;
  execute(args: Arguments): unknown;
}

/** Every command that needs the profiler, by its id. */
export type Bodies = ReturnType<typeof bodiesOf>;

/** The commands' bodies. */
export function bodiesOf({ sessions, actions }: IProfiler) {
  const runOf = (args: Arguments): CellRecord | null => {
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

  const adviceOf = (args: Arguments): [CellRecord, Advice] | null => {
    const run = runOf(args);
    const advice = run
      ? openAdvice(run, sessions.current?.silenced).find(
          ({ rule, fix }) => fix && (args.rule ?? rule) === rule
        )
      : undefined;
    return run && advice ? [run, advice] : null;
  };

  /** The latest run of the nearest profiled cell below (1) or above (-1) the active one. */
  const neighbour = (step: 1 | -1): CellRecord | null => {
    const profile = sessions.current;
    if (!profile) {
      return null;
    }
    const { cellIds, activeCellId, activePlace } = profile.notebook;
    const isCode = cellIds[activePlace] === activeCellId;
    const others =
      step === 1
        ? cellIds.slice(activePlace + (isCode ? 1 : 0))
        : cellIds.slice(0, activePlace).reverse();
    for (const id of others) {
      const run = profile.latestRun(id);
      if (run) {
        return run;
      }
    }
    return null;
  };

  const isProfiled = () =>
    (sessions.current?.model?.session?.cells ?? []).length > 0;
  const onProfile = (execute: () => unknown): IBody => ({
    isEnabled: isProfiled,
    execute
  });
  const onRun = (execute: (run: CellRecord) => unknown): IBody => ({
    isEnabled: args => runOf(args) !== null,
    execute: args => {
      const run = runOf(args);
      return run && execute(run);
    }
  });
  const onAdvice = (
    execute: (run: CellRecord, advice: Advice) => unknown
  ): IBody => ({
    isEnabled: args => adviceOf(args) !== null,
    execute: args => {
      const found = adviceOf(args);
      return found && execute(...found);
    }
  });
  const onNeighbour = (step: 1 | -1): IBody => ({
    isEnabled: () => neighbour(step) !== null,
    execute: () => {
      const run = neighbour(step);
      if (run) {
        actions.focusCell(run);
        if (sessions.current?.selected) {
          actions.select(run.run_id);
        }
      }
    }
  });

  return {
    [CommandIDs.exportReport]: {
      isEnabled: isProfiled,
      execute: ({ source }) => actions.exportReport(source !== false)
    },
    [CommandIDs.saveSession]: onProfile(() => actions.saveSession()),
    [CommandIDs.applySafeFixes]: onProfile(() => actions.applySafe()),
    [CommandIDs.jumpToCell]: onRun(run => actions.focusCell(run)),
    [CommandIDs.previewFix]: onAdvice((...found) => actions.preview(...found)),
    [CommandIDs.applyFix]: onAdvice((...found) => actions.apply(...found)),
    [CommandIDs.nextCell]: onNeighbour(1),
    [CommandIDs.previousCell]: onNeighbour(-1),
    [CommandIDs.compareRuns]: {
      isEnabled: args => runOf({ runId: args.after }) !== null,
      execute: args => {
        const run = runOf({ runId: args.after });
        const other = args.before ? runOf({ runId: args.before }) : undefined;
        return run && other !== null && actions.compare(run, other);
      }
    },
    [CommandIDs.compareSession]: {
      isEnabled: () => true,
      execute: ({ path }) =>
        actions.compareSession(typeof path === 'string' ? path : undefined)
    },
    [CommandIDs.showAdvice]: {
      isEnabled: () => !!sessions.current && !!cellsOf(sessions.current),
      execute: async () => {
        const { current } = sessions;
        await (current && (await cellsOf(current))?.showAdviceAtCursor());
      }
    },
    [CommandIDs.loadExtension]: {
      isEnabled: () =>
        ['idle', 'missing', 'disconnected'].includes(sessions.connection.kind),
      execute: () => actions.load()
    }
  } satisfies Record<string, IBody>;
}
