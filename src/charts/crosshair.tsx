import * as React from 'react';

import { formatBytes, formatDuration, formatPercent } from '../record/units';
import { CellName } from '../views/parts/cell-name';
import { runLabel } from '../views/parts/run-label';
import { deviceHue } from '../views/parts/usage';
import type { ITranslate } from '../views/state';
import { BOTTOM, LEFT, TOP } from './lanes';
import type { IAxis } from './reading';
import { readingAt } from './reading';
import { failureWords } from './session-words';

/**
 * A line through all rows at one moment, with what each device held then. It is for the eye: those
 * who hear the page are told the same in words.
 */
export function Crosshair(props: {
  /** In pixels of the axis. */
  x: number;
  axis: IAxis;
  /** Devices in the order that gives them their colours. */
  devices: readonly string[];
  trans: ITranslate;
}): JSX.Element | null {
  const { x, axis, devices, trans } = props;
  const { range, width, height, lanes } = axis;
  const reading = readingAt(x, axis);
  const share = (x - range[0]) / Math.max(1e-9, range[1] - range[0]);
  if (!reading || share < 0 || share > 1) {
    return null;
  }
  const left = LEFT + share * width;
  const inner = height - TOP - BOTTOM;
  const yOf = (up: number) => TOP + (1 - up) * inner;
  const failure = failureWords(reading.run, trans);
  return (
    <div className="jp-Torchprof-crosshair" aria-hidden="true">
      <span className="jp-Torchprof-crosshairLine" style={{ left }} />
      <p className="jp-Torchprof-crosshairHead">
        <Spacer width={left} />
        <span>
          {reading.pause !== null ? (
            trans.__('pause of %1', formatDuration(reading.pause))
          ) : (
            <>
              {runLabel(reading.run)}{' '}
              <span className="jp-Torchprof-crosshairCode">
                <CellName record={reading.run} length={40} trans={trans} />{' '}
              </span>
              {formatDuration(reading.seconds)}
              {reading.line !== null &&
                ` · ${trans.__('line %1', reading.line)}`}
              {failure && ` · ${failure}`}
            </>
          )}
        </span>
      </p>
      {lanes.map(({ device, domain, top }) => {
        const entry = reading.devices.find(each => each.device === device);
        if (!entry) {
          return null;
        }
        const up = Math.min(1, Math.max(0, entry.bytes / top));
        return (
          <React.Fragment key={device}>
            <span
              className="jp-Torchprof-crosshairDot"
              data-device={deviceHue(device, devices)}
              style={{
                left,
                top: yOf(domain[0] + up * (domain[1] - domain[0]))
              }}
            />
            <p
              className="jp-Torchprof-crosshairValue"
              data-side={share > 0.5 ? 'left' : 'right'}
              style={{ top: yOf((domain[0] + domain[1]) / 2) }}
            >
              <Spacer
                width={share > 0.5 ? `calc(100% - ${left - 5}px)` : left + 5}
              />
              <span>
                {formatBytes(entry.bytes)}
                {entry.busy !== null &&
                  ` · ${trans.__('busy %1', formatPercent(entry.busy))}`}
              </span>
            </p>
          </React.Fragment>
        );
      })}
    </div>
  );
}

/** Gives way where what stands behind it needs the room. */
function Spacer(props: { width: number | string }): JSX.Element {
  return (
    <span
      className="jp-Torchprof-crosshairSpace"
      style={{ flexBasis: props.width }}
    />
  );
}
