import * as React from 'react';

import type { DeviceMemory, MemoryShare } from '../../record/_session';
import {
  devicesNow,
  isHoldingKey,
  mainDevice,
  runOfCount
} from '../../record/holding';
import { HOST } from '../../record/derive';
import { formatBytes, formatPercent } from '../../record/units';
import { Outcome } from '../advice/advice-actions';
import { Section } from '../parts/section';
import { clip } from '../parts/text';
import {
  deviceHue,
  deviceName,
  deviceOrder,
  fullness,
  isNearlyFull
} from '../parts/usage';
import { MadeRows } from './by-cell';
import type { IHolding } from './rows';
import { HolderRows } from './rows';
import { kindWords } from './words';

/** Characters of a name. */
const NAME = 60;
/**
 * What holds memory now, of one device at a time: a bar by kind, and a list by holder or by cell.
 * Samples of a running cell do not draw it again.
 */
export const HoldingSection = React.memo(Holding);

function Holding(props: IHolding & { busy: boolean }): JSX.Element | null {
  const { session, trans } = props;
  const devices = devicesNow(session);
  const [chosen, setChosen] = React.useState<string | null>(null);
  const [byCell, setByCell] = React.useState(false);
  const name = devices.some(({ device }) => device === chosen)
    ? chosen
    : mainDevice(session);
  const memory = devices.find(({ device }) => device === name);
  if (!memory) {
    return null;
  }
  return (
    <Section
      title={trans.__('What holds memory')}
      name="holding"
      className="jp-Torchprof-holding"
      summary={nameOf(memory.device, trans)}
    >
      <div className="jp-Torchprof-holdingTools">
        {devices.length > 1 && (
          <Choice
            label={trans.__('Device')}
            value={memory.device}
            options={devices.map(({ device }) => [
              device,
              nameOf(device, trans)
            ])}
            onChange={setChosen}
          />
        )}
        <Choice
          label={trans.__('Listed by')}
          value={byCell ? 'cell' : 'holder'}
          options={[
            ['holder', trans.__('By holder')],
            ['cell', trans.__('By cell')]
          ]}
          onChange={value => setByCell(value === 'cell')}
        />
      </div>
      <div data-device={deviceHue(memory.device, deviceOrder(session))}>
        <HoldingBar memory={memory} trans={trans} />
        <NearlyFull memory={memory} session={session} trans={trans} />
        {byCell ? (
          <MadeRows {...props} device={memory.device} />
        ) : (
          <HolderRows
            // Another list begins folded.
            key={memory.device}
            {...props}
            {...apart(memory.holders ?? [])}
          />
        )}
      </div>
      <div role="status">
        <LastOutcome {...props} />
      </div>
    </Section>
  );
}

/**
 * Those that have a name, and what is not reached; and beside them what nobody can do much about.
 * Both are in the order in which they come.
 */
export function apart(holders: readonly MemoryShare[]): {
  holders: MemoryShare[];
  beside: MemoryShare[];
} {
  const isBeside = ({ name, kind }: MemoryShare) => !name && kind !== 'unknown';
  return {
    holders: holders.filter(share => !isBeside(share)),
    beside: holders.filter(isBeside)
  };
}

/** A device as people say it; a stranger's document may call it anything. */
function nameOf(device: string, trans: IHolding['trans']): string {
  return clip(deviceName(device, trans), NAME);
}

/** One of a few, all of them to be seen. */
function Choice(props: {
  label: string;
  value: string;
  options: readonly (readonly [string, string])[];
  onChange: (value: string) => void;
}): JSX.Element {
  const { label, value, options, onChange } = props;
  return (
    <span
      className="jp-Torchprof-holdingChoice"
      role="group"
      aria-label={label}
    >
      {options.map(([option, text]) => (
        <button
          key={option}
          type="button"
          aria-pressed={option === value}
          onClick={() => onChange(option)}
        >
          {text}
        </button>
      ))}
    </span>
  );
}

/** The device's memory by kind, with what is free. */
export function HoldingBar(
  props: Pick<IHolding, 'trans'> & { memory: DeviceMemory }
): JSX.Element {
  const { memory, trans } = props;
  const held = sumByKind(memory.holders ?? []);
  const sum = held.reduce((total, [, bytes]) => total + bytes, 0);
  // Of the host other programs have the rest: what is of interest is what this one has.
  const total = memory.device === HOST ? 0 : (memory.total_bytes ?? 0);
  const whole = Math.max(total, sum, 1);
  const label = held
    .map(([kind, bytes]) => `${kindWords(kind, trans)} ${formatBytes(bytes)}`)
    .join(', ');
  return (
    <>
      <div className="jp-Torchprof-stack" role="img" aria-label={label}>
        {held.map(([kind, bytes]) => (
          <span
            key={kind}
            data-kind={kind}
            title={`${kindWords(kind, trans)} ${formatBytes(bytes)}`}
            style={{ width: `${(100 * bytes) / whole}%` }}
          />
        ))}
      </div>
    </>
  );
}

/** That the device is nearly full, and what grew. */
function NearlyFull(
  props: Pick<IHolding, 'session' | 'trans'> & { memory: DeviceMemory }
): JSX.Element | null {
  const { memory, session, trans } = props;
  const { device, used_bytes, total_bytes, holders = [] } = memory;
  const others = holders.find(({ kind }) => kind === 'other_processes');
  const usage = {
    device,
    used: used_bytes,
    others: others?.held_bytes ?? null,
    total: total_bytes ?? null
  };
  return isNearlyFull(usage) ? (
    <p className="jp-Torchprof-nearlyFull">
      {fullWords(memory, fullness(usage) ?? 1, session, trans)}
    </p>
  ) : null;
}

/** `"93% of cuda:0 is in use. cache grew most lately."` */
function fullWords(
  { device, holders = [] }: DeviceMemory,
  share: number,
  session: IHolding['session'],
  trans: IHolding['trans']
): string {
  const full = trans.__(
    '%1 of %2 is in use.',
    formatPercent(share),
    nameOf(device, trans)
  );
  const growing = holders
    .filter(({ growth, name }) => growth && name)
    .sort((a, b) => b.growth!.grown_bytes - a.growth!.grown_bytes)[0];
  if (growing) {
    return `${full} ${trans.__('%1 grows with each run.', clip(growing.name!, NAME))}`;
  }
  const latest = Math.max(...holders.map(share => share.made_count ?? 0), 0);
  const newest = holders.find(
    share => share.name && share.made_count === latest && latest > 0
  );
  return newest && runOfCount(session, latest)
    ? `${full} ${trans.__('Most lately: %1 with %2, by [%3].', clip(newest.name!, NAME), formatBytes(newest.held_bytes), latest)}`
    : full;
}

/** What came of the action that was asked for last. */
function LastOutcome(props: IHolding & { busy: boolean }): JSX.Element | null {
  const { states, busy, trans } = props;
  const keys = [...(states?.keys() ?? [])].filter(isHoldingKey);
  const state = states?.get(keys[keys.length - 1] ?? '');
  return state ? <Outcome state={state} busy={busy} trans={trans} /> : null;
}

function sumByKind(
  holders: readonly MemoryShare[]
): [MemoryShare['kind'], number][] {
  const sums = new Map<MemoryShare['kind'], number>();
  for (const { kind, held_bytes } of holders) {
    sums.set(kind, (sums.get(kind) ?? 0) + held_bytes);
  }
  return ORDER.flatMap((kind): [MemoryShare['kind'], number][] => {
    const bytes = sums.get(kind) ?? 0;
    return bytes > 0 ? [[kind, bytes]] : [];
  });
}

/** Kinds in the order in which a bar has them: the same on each device. */
const ORDER: readonly MemoryShare['kind'][] = [
  'parameters',
  'gradients',
  'optimizer_state',
  'tensors',
  'graphs',
  'outputs',
  'traceback',
  'old_objects',
  'let_go',
  'unknown',
  'process',
  'freed',
  'cached',
  'other_processes'
];
