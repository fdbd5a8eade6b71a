import { bandsOf, spanOf, xOf } from '../../../src/charts/bands';
import { busyCurves, withLiveBusy } from '../../../src/charts/busy';
import {
  capacitiesOf,
  countRows,
  devicesShown
} from '../../../src/charts/devices-shown';
import { lanesOf, timelineHeight } from '../../../src/charts/lanes';
import type { IAxis } from '../../../src/charts/reading';
import { NO_AXIS, readingAt, tellingPlace } from '../../../src/charts/reading';
import { sessionCurves, withLive } from '../../../src/charts/session-curves';
import { peakMiddle } from '../../../src/charts/session-traces';
import { readingWords } from '../../../src/charts/session-words';
import type { CellRecord, CellStarted } from '../../../src/record/_session';
import { PLAIN } from '../../../src/report/plain';
import { makeMemory, makeRecord, makeSession } from '../fixtures/records';

const GIB = 2 ** 30;
const DEVICES = ['host', 'cuda:0'];
const WIDTH = 600;

/** A run of ten seconds in which the device goes from 1 to 11 GiB, and is busy from its middle. */
function makeRun(started_at: number, changes: Partial<CellRecord> = {}) {
  return makeRecord({
    started_at,
    duration_s: 10,
    execution_count: started_at,
    memory: [
      makeMemory({ device: 'host', peak_bytes: 3 * GIB }),
      makeMemory({
        device: 'cuda:0',
        allocated_before_bytes: GIB,
        allocated_after_bytes: 11 * GIB,
        peak_bytes: 12 * GIB,
        total_bytes: 16 * GIB,
        utilisation: 0.4
      })
    ],
    samples: [1, 2, 3, 4, 5, 6, 7, 8, 9].map(t_s => ({
      t_s,
      host_bytes: 2 * GIB,
      devices: { 'cuda:0': (1 + t_s) * GIB },
      place: null,
      ...(t_s % 3 === 0 ? { utilisation: { 'cuda:0': t_s > 5 ? 0.8 : 0 } } : {})
    })),
    ...changes
  });
}

function axisOf(runs: readonly CellRecord[]): IAxis {
  const bands = bandsOf(runs.map(spanOf), WIDTH);
  const placed = runs.map((record, index) => ({ record, band: bands[index] }));
  return {
    ...NO_AXIS,
    width: WIDTH,
    range: [0, WIDTH],
    runs,
    bands,
    curves: sessionCurves(placed, DEVICES),
    busy: busyCurves(placed, DEVICES)
  };
}

describe('readingAt', () => {
  const axis = axisOf([makeRun(0), makeRun(500, { status: 'error' })]);

  it('should read all devices at one moment', () => {
    const reading = readingAt(xOf(axis.bands[0], 7), axis)!;
    expect(reading.run).toBe(axis.runs[0]);
    expect(reading.seconds).toBeCloseTo(7);
    expect(reading.devices).toEqual([
      { device: 'host', bytes: 2 * GIB, busy: null },
      { device: 'cuda:0', bytes: 8 * GIB, busy: 0.8 }
    ]);
    expect(reading.pause).toBeNull();
    expect(readingWords(reading, PLAIN)).toMatch(
      /^\[0\] 7 s, .*2 GiB, .*8 GiB busy 80%$/
    );
  });

  it('should read the nearest sample of the same run', () => {
    const at = (seconds: number) =>
      readingAt(xOf(axis.bands[1], seconds), axis)!.devices[1].bytes;
    expect([at(0.1), at(4.4), at(4.6), at(9.9)]).toEqual(
      [1, 5, 6, 11].map(gib => gib * GIB)
    );
  });

  it('should tell of the pause that was cut', () => {
    const [{ to }, { from }] = axis.bands;
    const reading = readingAt((to + from) / 2, axis)!;
    expect(reading.pause).toBe(490);
    expect(readingWords(reading, PLAIN)).toMatch(/^pause of 8 min 10 s,/);
  });

  it('should say nothing of what has not come yet', () => {
    const bands = bandsOf([], WIDTH, { live: { started: 0, duration: 3 } });
    const samples = [
      { t_s: 1, host_bytes: GIB, place: null },
      { t_s: 3, host_bytes: GIB, place: null, line: 4 }
    ];
    const curves = withLive([], DEVICES, { samples, band: bands[0] }, 0);
    const cell = { execution_count: 1, source: 'a' } as CellStarted;
    const live = { ...NO_AXIS, width: WIDTH, runs: [cell], bands, curves };
    expect(readingAt(xOf(bands[0], 2.9), live)?.line).toBe(4);
    expect(readingAt(xOf(bands[0], 5), live)).toBeNull();
    expect(readingAt(10, NO_AXIS)).toBeNull();
  });

  it("should find where the accelerator's memory was highest", () => {
    const place = tellingPlace(1, axis);
    expect(readingAt(place, axis)?.devices[1].bytes).toBe(10 * GIB);
  });
});

describe('busyCurves', () => {
  it('should be of the time before the driver was asked, and of runs only', () => {
    const runs = [makeRun(0), makeRun(500, { samples: [] })];
    const { bands, busy } = axisOf(runs);
    expect(busy).toHaveLength(1);
    expect(busy[0].y).toEqual([0, 0.8, 0.8, null, 0.4, null]);
    expect(busy[0].x[0]).toBe(0);
    expect(busy[0].x[1]).toBeCloseTo(xOf(bands[0], 3));
    expect(busy[0].x[4]).toBe(bands[1].from);
  });

  it('should be of no device of which nobody told', () => {
    const run = makeRun(0);
    const memory = run.memory!.map(entry => ({ ...entry, utilisation: null }));
    expect(axisOf([{ ...run, memory }]).busy).toEqual([]);
  });

  it('should go on with the running cell', () => {
    const { busy } = axisOf([makeRun(0)]);
    const band = { started: 20, duration: 10, from: 700, to: 800 };
    const sample = { t_s: 4, host_bytes: 0, place: null };
    const live = withLiveBusy(
      busy[0],
      [{ ...sample, utilisation: { 'cuda:0': 1 } }],
      band
    );
    expect(live.x.slice(-2)).toEqual([700, 740]);
    expect(live.y.slice(-2)).toEqual([1, null]);
    expect(withLiveBusy(busy[0], [sample], band).y).toEqual(busy[0].y);
  });
});

describe('lanesOf', () => {
  const runs = [makeRun(0)];
  const { curves, busy } = axisOf(runs);
  const height = timelineHeight(2, 1);
  const lanes = (capacity?: number) =>
    lanesOf(
      curves,
      busy,
      new Map(capacity ? [['cuda:0', capacity]] : []),
      [0, WIDTH],
      height
    );

  it('should reach up to what the device has, where it came near', () => {
    const [host, device] = lanes(16 * GIB);
    expect(host.ceiling).toBeNull();
    expect(device.ceiling).toBe(16 * GIB);
    expect(device.top).toBeGreaterThan(16 * GIB);
    expect(device.ticks.ticktext).toContain('16 GiB');
  });

  it('should not press a curve flat for a limit that is far away', () => {
    const far = lanes(80 * GIB)[1];
    expect(far.ceiling).toBeNull();
    expect(far.top).toBeLessThan(16 * GIB);
    expect(lanes()[1].ceiling).toBeNull();
    // A record that says that more was used than there is.
    expect(lanes(8 * GIB)[1].ceiling).toBeNull();
  });

  it('should stand apart, within the chart', () => {
    const [host, device] = lanes(16 * GIB);
    expect(host.busy).toBeNull();
    expect(device.domain[1]).toBeLessThan(host.domain[0]);
    expect(device.busy![1]).toBeLessThan(device.domain[0]);
    expect(device.busy![0]).toBeGreaterThanOrEqual(0);
    expect(device.peak?.bytes).toBe(12 * GIB);
  });
});

describe('peakMiddle', () => {
  const lane = (bytes: number) => ({
    ...lanesOf([], [], new Map(), [0, 1], 100)[0],
    top: 16 * GIB,
    peak: { x: 0, bytes, isSampled: false, run: 0 }
  });

  it('should stand above its peak, within the row', () => {
    expect(peakMiddle(lane(GIB), [50, 200], 100, 300)).toBe(100);
    expect(peakMiddle(lane(GIB), [50, 200], 0, 300)).toBeGreaterThan(10);
    expect(peakMiddle(lane(GIB), [50, 200], 300, 300)).toBeLessThan(290);
  });

  it('should stand beside the words above the row, or nowhere', () => {
    const high = lane(15 * GIB);
    expect(peakMiddle(high, [50, 200], 10, 300)).toBeGreaterThan(70);
    expect(peakMiddle(high, [50, 200], 290, 300)).toBeLessThan(180);
    expect(peakMiddle(high, [50, 90], 60, 300)).toBeNull();
    expect(peakMiddle({ ...high, peak: null }, [0, 9], 60, 300)).toBeNull();
  });
});

describe('devices of a session', () => {
  it('should have what the last run saw, else what the machine has', () => {
    const session = makeSession([makeRun(0)]);
    const environment = {
      ...session.environment,
      host_total_bytes: 64 * GIB,
      devices: [{ device: 'cuda:1', name: 'x', total_bytes: 8 * GIB }]
    };
    const capacities = capacitiesOf({ ...session, environment });
    expect(capacities.get('cuda:0')).toBe(16 * GIB);
    expect(capacities.get('cuda:1')).toBe(8 * GIB);
  });

  it('should count rows and strips', () => {
    expect(countRows(devicesShown([makeRun(0)]), DEVICES, null)).toEqual({
      memory: 2,
      busy: 1
    });
  });
});
