import * as React from 'react';

import { mainMemory } from '../../record/derive';
import { entryOf } from '../../record/quantities';
import { formatBytes, formatDuration } from '../../record/units';
import { isolated } from '../../record/visible';
import { runChange } from './history-words';
import { IconButton } from '../parts/icon-button';
import { BackIcon, ForwardIcon } from '../parts/icons';
import { runLabel } from '../parts/run-label';
import { Text, clip } from '../parts/text';
import { deviceName } from '../parts/usage';
import type { CellRecord } from '../../record/_session';
import type { ITranslate } from '../state';

/** Runs drawn at once: wider than this a bar could not be hit. */
const DRAWN = 30;

/**
 * The runs of one cell: a bar for the time of each, another for its peak on the device that the open
 * run worked on, a mark where the source had changed. A bar is a button that opens its run; arrows
 * go from run to run.
 */
export function RunHistory(props: {
  /** Oldest first. */
  runs: readonly CellRecord[];
  /** The one that is open. */
  record: CellRecord;
  onSelect: (record: CellRecord) => void;
  trans: ITranslate;
}): JSX.Element {
  const { runs, record, onSelect, trans } = props;
  const bars = React.useRef<HTMLDivElement>(null);
  const moved = React.useRef(false);
  const at = runs.indexOf(record);
  const first = firstDrawn(at, runs.length);
  const drawn = runs.slice(first, first + DRAWN);
  const device = mainMemory(record)?.device ?? null;
  const scale = scaleOf(drawn, device);

  React.useLayoutEffect(() => {
    // The arrows lead on from the run that they have opened.
    if (moved.current) {
      moved.current = false;
      bars.current
        ?.querySelector<HTMLElement>('[aria-checked=true]')
        ?.focus({ preventScroll: true });
    }
  }, [record]);

  const go = (index: number) => {
    const run = runs[Math.max(0, Math.min(runs.length - 1, index))];
    if (run && run !== record) {
      onSelect(run);
    }
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const target = targetOf(event.key, at, runs.length);
    if (target !== null) {
      event.preventDefault();
      moved.current = true;
      go(target);
    }
  };

  return (
    <div className="jp-Torchprof-history">
      <div className="jp-Torchprof-historyHead">
        <span>{trans.__('Run %1 of %2', at + 1, runs.length)}</span>
        <Text value={runChange(runs, at, trans)} />
        <IconButton
          label={trans.__('The run before')}
          disabled={at <= 0}
          onClick={() => go(at - 1)}
        >
          <BackIcon />
        </IconButton>
        <IconButton
          label={trans.__('The run after')}
          disabled={at >= runs.length - 1}
          onClick={() => go(at + 1)}
        >
          <ForwardIcon />
        </IconButton>
      </div>
      <div
        ref={bars}
        className="jp-Torchprof-historyBars"
        role="radiogroup"
        aria-label={trans.__('Run of this cell')}
        data-lm-suppress-shortcuts="true"
        onKeyDown={onKeyDown}
      >
        {drawn.map((run, index) => (
          <Bar
            key={run.run_id}
            runs={runs}
            index={first + index}
            scale={scale}
            device={device}
            isOpen={run === record}
            onSelect={onSelect}
            trans={trans}
          />
        ))}
      </div>
      <p className="jp-Torchprof-historyLegend" aria-hidden="true">
        <span data-kind="time">{trans.__('time')}</span>
        <span data-kind="peak">{trans.__('peak memory')}</span>
        {drawn.some((_, index) => isChanged(runs, first + index)) && (
          <span data-kind="changed">{trans.__('source changed')}</span>
        )}
      </p>
    </div>
  );
}

function Bar(props: {
  runs: readonly CellRecord[];
  index: number;
  /** The most that any of the runs has. */
  scale: { time: number; peak: number };
  /** Whose peaks are drawn; `null`: nobody knows of any. */
  device: string | null;
  isOpen: boolean;
  onSelect: (record: CellRecord) => void;
  trans: ITranslate;
}): JSX.Element {
  const { runs, index, scale, device, isOpen, trans } = props;
  const run = runs[index];
  const words = runWords(runs, index, device, trans);
  return (
    <button
      type="button"
      role="radio"
      aria-checked={isOpen}
      aria-label={words}
      title={words}
      tabIndex={isOpen ? 0 : -1}
      className="jp-Torchprof-historyRun"
      data-changed={isChanged(runs, index) || undefined}
      data-failed={run.status !== 'ok' || undefined}
      onClick={() => props.onSelect(run)}
    >
      <span data-kind="time" style={height(run.duration_s, scale.time)} />
      <span data-kind="peak" style={height(peakOf(run, device), scale.peak)} />
    </button>
  );
}

function height(value: number, most: number): React.CSSProperties {
  return { height: `${most > 0 ? (100 * value) / most : 0}%` };
}

function scaleOf(
  runs: readonly CellRecord[],
  device: string | null
): { time: number; peak: number } {
  return {
    time: Math.max(...runs.map(run => run.duration_s)),
    peak: Math.max(...runs.map(run => peakOf(run, device)))
  };
}

/** Of one device in all runs: bytes of others would be no comparison. */
function peakOf(run: CellRecord, device: string | null): number {
  return (device && entryOf(run, device)?.peak_bytes) || 0;
}

function runWords(
  runs: readonly CellRecord[],
  index: number,
  device: string | null,
  trans: ITranslate
): string {
  const run = runs[index];
  const peak = peakOf(run, device);
  return [
    trans.__('Run %1 of %2', index + 1, runs.length),
    runLabel(run),
    formatDuration(run.duration_s),
    device !== null &&
      peak > 0 &&
      trans.__(
        'peak of %1 %2',
        isolated(clip(deviceName(device, trans), 20)),
        formatBytes(peak)
      ),
    run.status !== 'ok' && trans.__('failed'),
    isChanged(runs, index) && trans.__('source changed')
  ]
    .filter(Boolean)
    .join(' · ');
}

/** Whether the source is another than in the run before. */
function isChanged(runs: readonly CellRecord[], index: number): boolean {
  return index > 0 && runs[index].source_hash !== runs[index - 1].source_hash;
}

/** The latest runs, or those around the open one if it is not among them. */
function firstDrawn(at: number, count: number): number {
  const latest = Math.max(0, count - DRAWN);
  return at >= latest
    ? latest
    : Math.max(0, Math.min(latest, at - Math.floor(DRAWN / 2)));
}

function targetOf(key: string, at: number, count: number): number | null {
  switch (key) {
    case 'ArrowRight':
    case 'ArrowDown':
      return at + 1;
    case 'ArrowLeft':
    case 'ArrowUp':
      return at - 1;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}
