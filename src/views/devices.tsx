import * as React from 'react';

import { formatBytes, formatPercent } from '../record/units';
import { Section } from './section';
import { clip, Text } from './text';
import type { ITranslate } from './state';
import type { IUsage } from './usage';
import { deviceName } from './usage';

/** Used, reserved and total memory of host and devices. */
export function Devices(props: {
  usage: readonly IUsage[];
  trans: ITranslate;
}): JSX.Element {
  return (
    <Section title={props.trans.__('Memory')} className="jp-Torchprof-devices">
      <DeviceBars {...props} />
    </Section>
  );
}

/** The bars alone, for the report. */
export function DeviceBars(props: {
  usage: readonly IUsage[];
  trans: ITranslate;
}): JSX.Element {
  return (
    <ul className="jp-Torchprof-deviceList">
      {props.usage.map((usage, index) => (
        <DeviceBar
          key={usage.device}
          usage={usage}
          index={index}
          trans={props.trans}
        />
      ))}
    </ul>
  );
}

function DeviceBar(props: {
  usage: IUsage;
  index: number;
  trans: ITranslate;
}): JSX.Element {
  const { usage, trans } = props;
  const label = clip(deviceName(usage.device, trans), 100);
  const facts = numbers(usage, trans);
  return (
    <li className="jp-Torchprof-device" data-device={props.index % 5}>
      <span className="jp-Torchprof-deviceName">
        <Text value={label} />
        {usage.name && (
          <span className="jp-Torchprof-muted">
            <Text value={usage.name} />
          </span>
        )}
      </span>
      <span className="jp-Torchprof-deviceNumbers">
        {usage.total === null
          ? formatBytes(usage.used)
          : trans.__(
              '%1 of %2',
              formatBytes(usage.used),
              formatBytes(usage.total)
            )}
      </span>
      {usage.total !== null && usage.total > 0 && (
        <span
          className="jp-Torchprof-meter"
          role="meter"
          aria-label={trans.__('Memory of %1', label)}
          aria-valuemin={0}
          aria-valuemax={usage.total}
          aria-valuenow={usage.used}
          aria-valuetext={facts}
          title={facts}
        >
          <Fill kind="used" bytes={usage.used} total={usage.total} />
          <Fill
            kind="reserved"
            bytes={Math.max(0, (usage.reserved ?? 0) - usage.used)}
            total={usage.total}
          />
          <Fill kind="others" bytes={usage.others ?? 0} total={usage.total} />
        </span>
      )}
      {usage.reserved !== null && (
        <span className="jp-Torchprof-deviceExtra">
          {trans.__('%1 reserved', formatBytes(usage.reserved))}
          {usage.others !== null &&
            usage.others > 0 &&
            ` · ${trans.__('%1 by other processes', formatBytes(usage.others))}`}
        </span>
      )}
    </li>
  );
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

function numbers(usage: IUsage, trans: ITranslate): string {
  const facts = [
    trans.__(
      '%1 used (%2)',
      formatBytes(usage.used),
      formatPercent(usage.total ? usage.used / usage.total : null)
    )
  ];
  if (usage.reserved !== null) {
    facts.push(trans.__('%1 reserved by PyTorch', formatBytes(usage.reserved)));
  }
  if (usage.others !== null) {
    facts.push(
      trans.__('%1 held by other processes', formatBytes(usage.others))
    );
  }
  facts.push(trans.__('%1 in total', formatBytes(usage.total)));
  return facts.join(', ');
}
