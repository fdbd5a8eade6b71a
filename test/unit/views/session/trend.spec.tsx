import * as React from 'react';

import { PLAIN } from '../../../../src/report/plain';
import type { Session } from '../../../../src/record/_session';
import {
  deviceTrend,
  Trend,
  TREND_SPAN
} from '../../../../src/views/session/trend';
import { makeMemory, makeRecord, makeSession } from '../../fixtures/records';
import { cleanUp, render } from '../render';

const MIB = 1 << 20;

function run(started_at: number, from: number, to: number) {
  return makeRecord({
    started_at,
    duration_s: 10,
    memory: [
      makeMemory({
        allocated_before_bytes: from * MIB,
        allocated_after_bytes: to * MIB
      })
    ],
    samples: []
  });
}

function running(started_at: number, ...mib: number[]) {
  return {
    cell: {
      type: 'start' as const,
      run_id: 'live',
      cell_id: 'c',
      execution_count: 9,
      started_at,
      source: ''
    },
    samples: mib.map((each, index) => ({
      t_s: index + 1,
      host_bytes: each * MIB
    }))
  };
}

const of = (session: Session, now: ReturnType<typeof running> | null = null) =>
  deviceTrend(session, now, 'host');

describe('deviceTrend', () => {
  it('should show the last minutes only', () => {
    const session = makeSession([
      run(0, 1, 900),
      run(1000, 10, 20),
      run(1100, 20, 5)
    ]);
    expect(of(session).bytes.map(bytes => bytes / MIB)).toEqual([
      900, 10, 20, 20, 5
    ]);
    expect(of(session).ago).toEqual([TREND_SPAN, 110, 100, 10, 0]);
  });

  it('should go on with the running cell, from what was left', () => {
    const session = makeSession([run(0, 1, 30)]);
    const { ago, bytes } = of(session, running(5000, 40, 50));
    expect(bytes.map(each => each / MIB)).toEqual([30, 40, 50]);
    expect(ago).toEqual([TREND_SPAN, 1, 0]);
  });

  it('should keep peaks, and few points', () => {
    const samples = Array.from({ length: 20_000 }, (_, index) => ({
      t_s: index / 100,
      host_bytes: index === 7777 ? 1e12 : 1e6
    }));
    const session = makeSession([
      { ...run(0, 1, 1), duration_s: 200, samples }
    ]);
    const { bytes } = of(session);
    expect(Math.max(...bytes)).toBe(1e12);
    expect(bytes.length).toBeLessThan(140);
  });

  it('should know nothing of devices without runs, and of the time before a restart', () => {
    expect(of(makeSession([])).bytes).toEqual([]);
    expect(
      deviceTrend(makeSession([run(0, 1, 2)]), null, 'cuda:0').bytes
    ).toEqual([]);
    expect(of(makeSession([{ ...run(0, 1, 2), former: true }])).bytes).toEqual(
      []
    );
  });
});

describe('Trend', () => {
  afterEach(cleanUp);

  it('should say what it draws', () => {
    const session = makeSession([run(0, 10, 20)]);
    const element = render(
      <Trend trend={of(session)} label="Host" trans={PLAIN} />
    );
    expect(
      element.querySelector('[role=img]')?.getAttribute('aria-label')
    ).toBe('Host in the last 10 s: between 10 MiB and 20 MiB');
    expect(element.querySelectorAll('path')).toHaveLength(2);
    // Ten seconds are half of the least that the width stands for.
    expect(
      element.querySelector('.jp-Torchprof-trendLine')?.getAttribute('d')
    ).toMatch(/^M32\.0 .*L64\.0 /);
  });

  it('should keep its place without numbers', () => {
    const element = render(
      <Trend trend={{ ago: [], bytes: [] }} label="Host" trans={PLAIN} />
    );
    expect(element.querySelector('.jp-Torchprof-trend')).not.toBeNull();
    expect(element.querySelector('svg, [role=img]')).toBeNull();
  });
});
