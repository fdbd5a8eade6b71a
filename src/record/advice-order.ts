/**
 * The advice of a whole notebook in the order in which it is worth reading, and what came of advice
 * that was followed. Pure.
 *
 * Bytes and seconds cannot be weighed against each other, nor a byte of a GPU against one of the
 * host. So the order is
 *
 * 1. by severity, in which the rules have weighed what is at stake;
 * 2. by the predicted saving as a share of what there is of it: bytes of the device's memory (of
 *    its highest peak, where the size is not known), seconds of the time that the latest runs of
 *    all cells took;
 * 3. what predicts nothing after what does;
 * 4. by the order in which the cells first ran, and within a cell by the kernel's order.
 */
import type { ISilenced } from './derive';
import { HOST, NOTHING_SILENCED, latestRuns, openAdvice } from './derive';
import { sum } from './quantities';
import type { Advice, CellRecord, Session, Verification } from './_session';

/** One advice and the run that proves it. */
export interface IFinding {
  readonly record: CellRecord;
  readonly advice: Advice;
}

/** What following advice would save, positive, in the unit of its prediction. */
export interface ISaving {
  readonly value: number;
  readonly unit: 'bytes' | 's';
}

/** The same advice on one cell or several. */
export interface IAdviceGroup {
  /** Stays the same when its cells run again. */
  readonly key: string;
  /** What saves most first; never empty. */
  readonly findings: readonly IFinding[];
  /** Of all of them; `null` where nothing is predicted. */
  readonly saving: ISaving | null;
}

/** Advice that was followed and measured, of a whole session. */
export interface IFollowed {
  /** The runs that put fixes to the test, the latest of each cell and rule, oldest first. */
  readonly runs: readonly CellRecord[];
  /** Fixes that were put to the test. */
  readonly fixes: number;
  /** Fixes that made worse what they had promised to make better. */
  readonly worse: number;
  /** Change of memory that cells keep, bytes, negative for a saving; `null`: none was promised. */
  readonly kept_bytes: number | null;
  /** Largest change of a peak, bytes; `null`: none was promised. */
  readonly peak_bytes: number | null;
  /** Time of these cells before over the time after; `null` where it is not known. */
  readonly speedup: number | null;
}

const RANK: readonly Advice['severity'][] = ['high', 'medium', 'low', 'info'];
/** Numbers with their units in a sentence. */
const NUMBER =
  /\d[\d.,]*(?:\s?(?:[KMGTP]i?B|B|ms|s|min|h|%|×)(?![\p{L}\p{N}]))?/gu;

/** The open advice of the latest run of each cell, in the order above, the same advice together. */
export function adviceGroups(
  session: Session,
  silenced: ISilenced = NOTHING_SILENCED
): IAdviceGroup[] {
  const groups = new Map<string, IFinding[]>();
  for (const record of latestRuns(session)) {
    for (const advice of openAdvice(record, silenced)) {
      const key = groupKey(advice);
      const group = groups.get(key);
      if (group) {
        group.push({ record, advice });
      } else {
        groups.set(key, [{ record, advice }]);
      }
    }
  }
  const share = shares(session);
  return [...groups]
    .map(([key, findings]) => {
      const sorted = findings.sort((a, b) => share(b.advice) - share(a.advice));
      return {
        group: { key, findings: sorted, saving: groupSaving(sorted) },
        rank: Math.min(...sorted.map(({ advice }) => rank(advice))),
        share: groupShare(sorted, share)
      };
    })
    .sort((a, b) => a.rank - b.rank || b.share - a.share)
    .map(({ group }) => group);
}

/** What was followed and measured, unless the advice is open again; `null` if nothing was. */
export function followedAdvice(session: Session): IFollowed | null {
  const open = new Set(
    latestRuns(session).flatMap(({ cell_id, advice = [] }) =>
      advice.map(({ rule }) => placeKey(cell_id, rule))
    )
  );
  const tested = new Map<
    string,
    { run: CellRecord; entries: Verification[] }
  >();
  for (const run of session.cells ?? []) {
    const ofRun = new Map<string, Verification[]>();
    for (const entry of run.verification ?? []) {
      const key = placeKey(run.cell_id ?? run.run_id, entry.rule);
      ofRun.set(key, [...(ofRun.get(key) ?? []), entry]);
    }
    for (const [key, entries] of ofRun) {
      // The latest test counts, in the place of the latest.
      tested.delete(key);
      if (!open.has(key)) {
        tested.set(key, { run, entries });
      }
    }
  }
  const all = [...tested.values()];
  if (all.length === 0) {
    return null;
  }
  const promised = all.map(({ entries }) => promisedEntries(entries));
  const bytes = promised.flat().filter(({ unit }) => unit === 'bytes');
  const kept = bytes.filter(({ metric }) => metric !== 'peak_bytes');
  const peaks = bytes.filter(({ metric }) => metric === 'peak_bytes');
  return {
    runs: [...new Set(all.map(({ run }) => run))],
    fixes: all.length,
    worse: promised.filter(entries =>
      entries.some(({ measured }) => measured >= 0)
    ).length,
    kept_bytes: kept.length > 0 ? sum(kept, entry => entry.measured) : null,
    peak_bytes:
      peaks.length > 0
        ? peaks.reduce(
            (most, { measured }) =>
              Math.abs(measured) > Math.abs(most) ? measured : most,
            0
          )
        : null,
    speedup: speedup(all)
  };
}

/** What following this advice would save; `null` where nothing is predicted. */
export function savingOf({ prediction }: Advice): ISaving | null {
  return prediction
    ? { value: prediction.before - prediction.after, unit: prediction.unit }
    : null;
}

function rank({ severity }: Advice): number {
  const place = RANK.indexOf(severity);
  return place < 0 ? RANK.length : place;
}

/**
 * The same rule that changes the same code (a function that several cells call), or that says the
 * same but for its numbers. Names tell apart: they stand between backticks.
 */
function groupKey({ rule, title, cell_id, fix }: Advice): string {
  const elsewhere = fix?.edits.every(edit => edit.cell_id !== cell_id);
  if (fix && elsewhere && fix.edits.length > 0) {
    return JSON.stringify([rule, fix.edits]);
  }
  const words = title
    .split('`')
    .map((part, index) => (index % 2 === 0 ? part.replace(NUMBER, '#') : part));
  return JSON.stringify([rule, words.join('`')]);
}

/**
 * Seconds add up. Memory does not: the same names are bound by one cell after the other, and peaks
 * are at different times; so the largest counts.
 */
function groupSaving(findings: readonly IFinding[]): ISaving | null {
  const savings = findings.flatMap(({ advice }) => savingOf(advice) ?? []);
  if (savings.length === 0) {
    return null;
  }
  const { unit } = savings[0];
  const values = savings
    .filter(saving => saving.unit === unit)
    .map(({ value }) => value);
  return {
    unit,
    value: unit === 's' ? sum(values, value => value) : Math.max(...values)
  };
}

function groupShare(
  findings: readonly IFinding[],
  share: (advice: Advice) => number
): number {
  const each = findings.map(({ advice }) => share(advice));
  return findings[0].advice.prediction?.unit === 's'
    ? sum(each, value => Math.max(0, value))
    : Math.max(...each);
}

/** The saving of an advice as a share of what there is of it; -1 where nothing is predicted. */
function shares(session: Session): (advice: Advice) => number {
  const seconds = sum(latestRuns(session), run => run.duration_s);
  const sizes = new Map<string, number>();
  const { devices, host_total_bytes } = session.environment;
  for (const { memory = [] } of session.cells ?? []) {
    for (const { device, peak_bytes } of memory) {
      sizes.set(device, Math.max(sizes.get(device) ?? 0, peak_bytes));
    }
  }
  for (const { device, total_bytes } of devices ?? []) {
    if (total_bytes) {
      sizes.set(device, total_bytes);
    }
  }
  if (host_total_bytes) {
    sizes.set(HOST, host_total_bytes);
  }
  return advice => {
    const saving = savingOf(advice);
    if (!saving) {
      return -1;
    }
    const device = advice.prediction?.device ?? HOST;
    const all =
      saving.unit === 's'
        ? seconds
        : (sizes.get(device === 'cpu' ? HOST : device) ?? 0);
    const share = all > 0 ? saving.value / all : 0;
    // A session of strangers can predict anything.
    return Number.isFinite(share) ? Math.max(0, share) : 0;
  };
}

/** What was promised of memory that can prove it; the process's own only where there is no other. */
function promisedEntries(entries: readonly Verification[]): Verification[] {
  const promised = entries.filter(({ predicted }) => predicted !== null);
  const sure = promised.filter(({ device }) => device !== HOST);
  return sure.length > 0 ? sure : promised;
}

/** Each run counts once, whatever number of fixes it puts to the test. */
function speedup(
  tested: readonly { run: CellRecord; entries: readonly Verification[] }[]
): number | null {
  const changes = new Map<CellRecord, number>();
  for (const { run, entries } of tested) {
    const time = entries.find(({ metric }) => metric === 'duration_s');
    if (time) {
      changes.set(run, time.measured);
    }
  }
  const after = sum([...changes.keys()], run => run.duration_s);
  const before = after - sum([...changes.values()], change => change);
  return after > 0 && before > 0 ? before / after : null;
}

function placeKey(cell: string | null, rule: string): string {
  return JSON.stringify([cell, rule]);
}
