import * as React from 'react';

import { formatBytes, formatPercent } from '../../record/units';
import { Section } from '../parts/section';
import { clip, Text } from '../parts/text';
import type { Session } from '../../record/_session';
import type { IRunning, ITranslate } from '../state';
import { deviceTrend, Trend } from './trend';
import type { ITrend } from './trend';
import type { IUsage } from '../parts/usage';
import { DEVICE_HUES, deviceName, isNearlyFull } from '../parts/usage';

/** Parts of the meter that are told by a pattern. */
const SWATCHES = ['reserved', 'others', 'free'];
/** With more devices each has one line and its meter only; the rest is in the tooltip. */
const ROOMY = 4;

/** What tensors, the allocator's cache and other processes take of each device, and of the host. */
export function Devices(props: {
  usage: readonly IUsage[];
  session: Session;
  running: IRunning | null;
  trans: ITranslate;
}): JSX.Element {
  const { usage, session, running, trans } = props;
  return (
    <Section title={trans.__('Devices')} className="jp-Torchprof-devices">
      <DeviceBars
        usage={usage}
        trends={usage.map(({ device }) =>
          deviceTrend(session, running, device)
        )}
        trans={trans}
      />
    </Section>
  );
}

/** The bars alone, for the report. */
export function DeviceBars(props: {
  usage: readonly IUsage[];
  /** Of each of them, in the same order. Absent: no line is drawn. */
  trends?: readonly ITrend[];
  trans: ITranslate;
}): JSX.Element {
  const { usage, trends, trans } = props;
  const isDense = usage.length - 1 > ROOMY;
  return (
    <ul className="jp-Torchprof-deviceList" data-dense={isDense || undefined}>
      {usage.map((device, index) => (
        <DeviceBar
          key={device.device}
          usage={device}
          index={index}
          trend={trends?.[index]}
          isDense={isDense}
          trans={trans}
        />
      ))}
    </ul>
  );
}

function DeviceBar(props: {
  usage: IUsage;
  index: number;
  trend?: ITrend;
  isDense: boolean;
  trans: ITranslate;
}): JSX.Element {
  const { usage, isDense, trans } = props;
  const { used, total } = usage;
  const label = clip(deviceName(usage.device, trans), 100);
  const cached = Math.max(0, (usage.reserved ?? used) - used);
  const parts = partsOf(usage, trans);
  const facts = [
    total === null
      ? trans.__('%1 used', formatBytes(used))
      : trans.__(
          '%1 used (%2) of %3',
          formatBytes(used),
          formatPercent(total > 0 ? used / total : null),
          formatBytes(total)
        ),
    ...parts.map(part => part.text)
  ].join(', ');
  const trend = props.trend && (
    <Trend trend={props.trend} label={label} trans={trans} />
  );
  return (
    <li
      className="jp-Torchprof-device"
      data-device={props.index % DEVICE_HUES}
      data-full={isNearlyFull(usage) || undefined}
    >
      <span className="jp-Torchprof-deviceName">
        <Text value={label} />
        {usage.name && (
          <span className="jp-Torchprof-muted">
            <Text value={usage.name} />
          </span>
        )}
      </span>
      {isDense && trend}
      <span className="jp-Torchprof-deviceNumbers">
        {total === null
          ? formatBytes(used)
          : trans.__('%1 of %2', formatBytes(used), formatBytes(total))}
      </span>
      {total !== null && total > 0 && (
        <span
          className="jp-Torchprof-meter"
          role="meter"
          aria-label={trans.__('Memory of %1', label)}
          aria-valuemin={0}
          aria-valuemax={total}
          aria-valuenow={Math.min(used, total)}
          aria-valuetext={facts}
          title={facts}
        >
          <Fill kind="used" bytes={used} total={total} />
          <Fill kind="reserved" bytes={cached} total={total} />
          <Fill kind="others" bytes={usage.others ?? 0} total={total} />
        </span>
      )}
      {!isDense && (parts.length > 0 || trend) && (
        <span className="jp-Torchprof-deviceExtra">
          <span className="jp-Torchprof-deviceParts">
            {parts.map(({ kind, text }) => (
              <span
                key={kind}
                className="jp-Torchprof-devicePart"
                data-kind={kind}
              >
                {SWATCHES.includes(kind) && (
                  <span
                    className="jp-Torchprof-deviceSwatch"
                    data-kind={kind}
                    aria-hidden="true"
                  />
                )}
                {text}
              </span>
            ))}
          </span>
          {trend}
        </span>
      )}
    </li>
  );
}

/** What there is beside what tensors use; nothing that is not known. */
function partsOf(
  { used, reserved, others, total, busy, cores }: IUsage,
  trans: ITranslate
): { kind: string; text: string }[] {
  const parts: { kind: string; text: string }[] = [];
  const cached = reserved === null ? 0 : Math.max(0, reserved - used);
  if (reserved !== null) {
    parts.push({
      kind: 'reserved',
      text: trans.__('cached %1', formatBytes(cached))
    });
  }
  if (others !== null) {
    parts.push({
      kind: 'others',
      text: trans.__('others %1', formatBytes(others))
    });
  }
  if (total !== null && others !== null) {
    const free = Math.max(0, total - used - cached - others);
    parts.push({ kind: 'free', text: trans.__('free %1', formatBytes(free)) });
  }
  if (busy !== undefined) {
    // Keeps its place until the driver answers.
    parts.push({
      kind: 'busy',
      text: trans.__('busy %1', busy === null ? '–' : formatPercent(busy))
    });
  }
  if (cores) {
    const busy = cores.busy.toFixed(1);
    parts.push({
      kind: 'cores',
      text:
        cores.count === null
          ? trans.__('%1 cores at work', busy)
          : trans.__('%1 of %2 cores at work', busy, cores.count)
    });
  }
  return parts;
}

function Fill(props: {
  kind: string;
  bytes: number;
  total: number;
}): JSX.Element | null {
  const share = Math.min(1, props.bytes / props.total);
  return share > 0 ? (
    <span
      className="jp-Torchprof-meterFill"
      data-kind={props.kind}
      style={{ width: `${(100 * share).toFixed(2)}%` }}
    />
  ) : null;
}
