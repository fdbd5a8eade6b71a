import { CellBadge } from '../../../src/cell/badge';
import {
  isWorthABadge,
  isWorthWatching
} from '../../../src/cell/badge-minimum';
import { describeRunning } from '../../../src/cell/badge-parts';
import type { MemoryEntry, Verification } from '../../../src/record/_session';
import { adviceKey } from '../../../src/record/derive';
import { makeAdvice, makeMemory, makeRecord, makeSample } from '../builders';
import { english } from '../english';
import { makeFixed } from '../fixtures/records';
import { makeRank } from '../fixtures/ranks/make';

const MIB = 2 ** 20;

const device = (changes: Partial<MemoryEntry> = {}) =>
  makeMemory({
    device: 'cuda:0',
    allocated_before_bytes: 0,
    allocated_after_bytes: 412 * MIB,
    peak_bytes: 1200 * MIB,
    ...changes
  });

describe('cell/badge', () => {
  let opened: number;
  let badge: CellBadge;

  beforeEach(() => {
    opened = 0;
    badge = new CellBadge(() => (opened += 1), english);
  });

  afterEach(() => {
    badge.dispose();
  });

  const button = () => badge.node.querySelector('button')!;
  const parts = () =>
    [...button().children].map(({ textContent }) => textContent);

  it('should say when the cell last ran', () => {
    badge.display(
      [makeRecord({ started_at: Date.UTC(2026, 0, 1, 12) / 1000 })],
      false
    );
    const { title } = button();
    expect(title).toMatch(/\nRan at \d\d:\d\d:00$/);
  });

  it('should say of processes how many, who is late, whose peak is highest', () => {
    const ranks = [
      makeRank(0, { late: { median_s: -0.031, late_share: 0 } }),
      makeRank(1, {
        late: { median_s: 0.031, late_share: 0.97 },
        memory: [device({ peak_bytes: 336 * MIB })]
      })
    ];
    badge.display([makeRecord({ duration_s: 3.4, ranks })], false);
    expect(parts()).toEqual([
      '3.4 s',
      'rank 1 late by 31 ms',
      '2 ranks',
      'peak 336 MiB (rank 1)'
    ]);
    const killed = [makeRank(0), makeRank(1, { exit: 'killed' })];
    badge.display([makeRecord({ status: 'error', ranks: killed })], false);
    expect(parts().slice(0, 2)).toEqual(['rank 1 killed', 'failed']);
  });

  it('should say time, advice, change of memory and peak, the most important first', () => {
    badge.display(
      [makeRecord({ duration_s: 0.34, advice: [makeAdvice()] })],
      false
    );
    expect(parts()).toEqual([
      '340 ms',
      '1 suggestion',
      '+1 MiB',
      'peak 103 MiB'
    ]);
    expect(button().getAttribute('aria-label')).toBe(
      'Profile of this cell: took 340 ms, 1 suggestion, memory of host +1 MiB, peak 103 MiB'
    );
    expect(button().title.split('\n')[0]).toBe(
      button().getAttribute('aria-label')
    );
  });

  it('should count only advice that is open', () => {
    const advice = [makeAdvice(), makeAdvice({ rule: 'other' })];
    const dismissed = new Map([['cell-a', new Set(['other'])]]);
    const rulesOff = new Set<string>();
    const record = makeRecord({ advice });
    badge.display([record], false, { dismissed, rulesOff });
    expect(parts()).toContain('1 suggestion');
    rulesOff.add('no-grad-inference');
    badge.display([record], false, { dismissed, rulesOff });
    expect(parts()).toHaveLength(3);
  });

  it('should speak of the accelerator where one is used, and of sampled peaks as bounds', () => {
    const memory = [makeMemory(), device({ peak_is: 'sampled' })];
    badge.display([makeRecord({ memory })], false);
    expect(parts().slice(1)).toEqual(['+412 MiB', 'peak ≥ 1.17 GiB']);
    expect(button().title).toContain('peak at least 1.17 GiB');
  });

  it('should name each accelerator where several are used, the fullest first', () => {
    const memory = [
      makeMemory(),
      device(),
      device({ device: 'cuda:1', peak_bytes: 3 * 1024 * MIB }),
      device({ device: 'cuda:2', allocated_after_bytes: 0, peak_bytes: 0 })
    ];
    badge.display([makeRecord({ memory })], false);
    expect(parts().slice(1)).toEqual([
      'cuda:1 +412 MiB · peak 3 GiB',
      'cuda:0 +412 MiB · peak 1.17 GiB'
    ]);
    expect(button().title).toContain(
      'memory of cuda:1 +412 MiB, peak 3 GiB, memory of cuda:0'
    );
  });

  it('should leave out accelerators that a run left alone, and name the host if it left all', () => {
    const idle = {
      allocated_before_bytes: 5 * MIB,
      allocated_after_bytes: 5 * MIB,
      peak_bytes: 5 * MIB
    };
    const other = device({ device: 'cuda:1', ...idle });
    badge.display([makeRecord({ memory: [device(), other] })], false);
    expect(parts().slice(1)).toEqual(['cuda:0 +412 MiB · peak 1.17 GiB']);
    const memory = [makeMemory(), device(idle), other];
    badge.display([makeRecord({ memory })], false);
    expect(parts().slice(1)).toEqual(['host +1 MiB · peak 103 MiB']);
  });

  it('should name a device wherever the session has another', () => {
    const shown = (memory: MemoryEntry[], devices: number) => {
      badge.display(
        [makeRecord({ memory })],
        false,
        undefined,
        undefined,
        devices
      );
      return parts().slice(1);
    };
    expect(shown([makeMemory()], 0)).toEqual(['+1 MiB', 'peak 103 MiB']);
    expect(shown([makeMemory()], 1)).toEqual(['host +1 MiB · peak 103 MiB']);
    expect(shown([device()], 1)).toEqual(['+412 MiB', 'peak 1.17 GiB']);
    expect(shown([device()], 2)).toEqual(['cuda:0 +412 MiB · peak 1.17 GiB']);
    const sample = { ...makeSample(3), devices: { 'cuda:0': 7 * MIB } };
    const running = (devices: number) =>
      describeRunning(3, sample, devices, english)[2].text;
    expect([1, 2].map(running)).toEqual(['7 MiB', 'cuda:0 7 MiB']);
  });

  it('should say first who hangs, in a few words', () => {
    const ranks = [
      {
        rank: 1,
        backend: null,
        backwards: 0,
        steps: 0,
        host_bytes: MIB,
        seen_s: 9,
        openmp_wait_s: 4,
        place: {
          parent: null,
          kind: 'cell' as const,
          function: 'work',
          line: 3
        }
      }
    ];
    const sample = { ...makeSample(9), ranks };
    const [first] = describeRunning(9, sample, 0, english);
    expect(first.text).toMatch(/ 1 hangs at work, line 3$/);
    expect(first.words).toContain('torch.set_num_threads(1)');
  });

  it('should say what could be measured where memory could not', () => {
    badge.display([makeRecord({ memory: [] })], false);
    expect(parts()).toEqual(['340 ms']);
  });

  it('should begin with a failure', () => {
    badge.display([makeRecord({ status: 'error' })], false);
    expect(parts()[0]).toBe('failed');
    badge.display([makeRecord({ status: 'interrupted' })], false);
    expect(parts()[0]).toBe('interrupted');
  });

  it('should leave out what hardly moved, relative to the device', () => {
    const memory = [makeMemory({ total_bytes: 64 * 1024 * MIB })];
    badge.display([makeRecord({ memory })], false);
    expect(parts()).toEqual(['340 ms']);
    const small = [makeMemory({ total_bytes: 8 * 1024 * MIB })];
    badge.display([makeRecord({ memory: small })], false);
    expect(parts()).toEqual(['340 ms', '+1 MiB', 'peak 103 MiB']);
  });

  it('should say that the fix was applied, until it is undone', () => {
    const record = makeRecord({ advice: [makeAdvice()] });
    const applied = new Set([adviceKey(record, record.advice![0])]);
    badge.display([record], true, undefined, applied);
    expect(parts()).toContain('fix applied');
    expect(parts()).not.toContain('1 suggestion');
    expect(button().title).toContain('fix applied: run to measure');
    badge.display([record], false, undefined, new Set());
    expect(parts()).toContain('1 suggestion');
  });

  describe('after a fix', () => {
    const tested = (
      changes: Partial<Verification>,
      duration: number | null = null
    ) => {
      const promised: Verification = {
        rule: 'no-grad-inference',
        metric: 'graph_bytes',
        predicted: -600 * MIB,
        measured: -580 * MIB,
        unit: 'bytes',
        baseline_run_id: 'run',
        device: 'cuda:0',
        ...changes
      };
      const time: Verification = {
        ...promised,
        metric: 'duration_s',
        predicted: null,
        measured: duration ?? 0,
        unit: 's',
        device: null
      };
      return makeRecord({
        duration_s: 1,
        memory: [],
        verification: duration === null ? [promised] : [promised, time]
      });
    };

    it('should say what was saved, in memory or in time', () => {
      badge.display([tested({}, -0.5)], false);
      expect(parts()).toEqual(['1 s', '✓ −580 MiB']);
      expect(button().title).toContain('the fix was measured: −580 MiB');
      badge.display([tested({ metric: 'peak_bytes' })], false);
      expect(parts()).toEqual(['1 s', '✓ peak −580 MiB']);
      const metric = 'duration_s';
      const faster = {
        metric,
        measured: -2.2,
        unit: 's',
        device: null
      } as const;
      badge.display([tested(faster)], false);
      expect(parts()).toEqual(['1 s', '✓ 3.2× faster']);
    });

    it('should say what a saving costs in time', () => {
      badge.display([tested({}, 0.5)], false);
      expect(parts()).toEqual(['1 s', '✓ −580 MiB, 2.0× slower']);
    });

    it('should own up to a fix that did not help', () => {
      badge.display([tested({ measured: 12 * MIB })], false);
      expect(parts()).toEqual(['1 s', 'fix did not help: +12 MiB']);
      expect(
        badge.node.querySelector('.jp-Torchprof-badge-worse')
      ).not.toBeNull();
    });

    it('should be quiet where nothing is proven', () => {
      badge.display([tested({ predicted: null, device: 'host' })], false);
      expect(parts()).toEqual(['1 s']);
    });
  });

  it('should be dimmed and say so when stale', () => {
    const record = makeRecord();
    badge.display([record], true);
    expect(badge.hasClass('jp-mod-stale')).toBe(true);
    expect(button().title).toContain('edited since');
    badge.display([record], false);
    expect(badge.hasClass('jp-mod-stale')).toBe(false);
  });

  it('should be dimmed and say so when the kernel was restarted since', () => {
    badge.display([makeRecord({ former: true })], false);
    expect(badge.hasClass('jp-mod-stale')).toBe(true);
    expect(button().title).toContain('before the kernel was restarted');
    badge.display([makeRecord()], false);
    expect(badge.hasClass('jp-mod-stale')).toBe(false);
  });

  it('should draw the last runs from the second on, and put them into words', () => {
    const run = (duration_s: number) => makeRecord({ duration_s });
    badge.display([run(1)], false);
    expect(badge.node.querySelector('svg')).toBeNull();
    const runs = [run(1), makeRecord({ status: 'error' }), run(4), run(2)];
    badge.display(runs, false);
    const bars = [...badge.node.querySelectorAll('rect')];
    expect(bars.map(bar => Number(bar.getAttribute('height')))).toEqual([
      3, 0, 10, 5
    ]);
    expect(bars.map(bar => bar.getAttribute('class'))).toEqual([
      null,
      'jp-mod-failed',
      null,
      'jp-mod-last'
    ]);
    expect(button().title).toContain('last 4 runs between 340 ms and 4 s');
    badge.display([run(1), run(1)], false);
    expect(button().title).toContain('last 2 runs 1 s each');
  });

  it('should draw runs of no or of broken duration', () => {
    const durations = [0, NaN, -1, Infinity];
    const runs = durations.map(duration_s => makeRecord({ duration_s }));
    badge.display(runs, false);
    for (const bar of badge.node.querySelectorAll('rect')) {
      expect(bar.getAttribute('height')).toBe('1');
    }
  });

  it('should show a running cell quietly, in the same place', () => {
    const record = makeRecord();
    badge.display([record, record], true);
    const sample = {
      ...makeSample(3, 5 * MIB),
      devices: { 'cuda:0': 7 * MIB }
    };
    badge.displayRunning(describeRunning(3.9, sample, 0, english), [record]);
    expect(parts()).toEqual(['running', '3 s', '7 MiB']);
    expect(button().title).toBe(
      'Profile of this cell: running, for 3 s, memory of cuda:0 7 MiB'
    );
    expect(badge.hasClass('jp-mod-stale')).toBe(false);
    const [, time] = button().children;
    badge.displayRunning(describeRunning(3.99, sample, 0, english), [record]);
    expect(button().children[1]).toBe(time);
  });

  it('should open the detail, and keep its keys from the notebook', () => {
    badge.display([makeRecord()], false);
    button().click();
    expect(opened).toBe(1);
    expect(badge.node.hasAttribute('data-lm-suppress-shortcuts')).toBe(true);
  });

  it('should show a hostile device name as text, and only so much of it', () => {
    const name = '<img src=x onerror=alert(1)>'.repeat(1000);
    const memory = [device({ device: name }), device()];
    badge.display([makeRecord({ memory })], false);
    expect(badge.node.querySelector('img')).toBeNull();
    expect(button().title.length).toBeLessThan(400);
  });
});

describe('cell/badge-parts', () => {
  const quick = makeRecord({ duration_s: 0.2 });
  const none = { seconds: 0, mebibytes: 0 };

  it('should show any run while there is no minimum', () => {
    expect(isWorthABadge(quick, none)).toBe(true);
    expect(isWorthWatching(0, [], none)).toBe(true);
  });

  it('should leave out what is both shorter and smaller', () => {
    const seconds = { seconds: 1, mebibytes: 0 };
    expect(isWorthABadge(quick, seconds)).toBe(false);
    expect(isWorthABadge(makeRecord({ duration_s: 1 }), seconds)).toBe(true);
    const both = { seconds: 1, mebibytes: 3 };
    // The host peaks 3 MiB above what was there before.
    expect(isWorthABadge(quick, both)).toBe(true);
    expect(isWorthABadge(quick, { ...both, mebibytes: 4 })).toBe(false);
    const freed = makeMemory({ allocated_after_bytes: 50 * MIB });
    const record = makeRecord({ duration_s: 0, memory: [freed] });
    expect(isWorthABadge(record, { ...both, mebibytes: 50 })).toBe(true);
  });

  it('should show what failed or has advice, however quick', () => {
    const minimum = { seconds: 60, mebibytes: 0 };
    const advised = makeRecord({ advice: [makeAdvice()] });
    expect(isWorthABadge(makeRecord({ status: 'error' }), minimum)).toBe(true);
    expect(isWorthABadge(advised, minimum)).toBe(true);
    const rulesOff = new Set(['no-grad-inference']);
    const silenced = { dismissed: new Map(), rulesOff };
    expect(isWorthABadge(advised, minimum, silenced)).toBe(false);
    const fixed = makeFixed({ duration_s: 0.001, memory: [] });
    expect(isWorthABadge(fixed, minimum)).toBe(true);
  });

  it('should measure memory by the size of the device', () => {
    const minimum = { seconds: 60, mebibytes: 1 };
    const on = (total_bytes: number) =>
      makeRecord({ memory: [makeMemory({ total_bytes })] });
    expect(isWorthABadge(on(8 * 1024 * MIB), minimum)).toBe(true);
    expect(isWorthABadge(on(64 * 1024 * MIB), minimum)).toBe(false);
  });

  it('should watch a cell once it has reached a minimum', () => {
    const minimum = { seconds: 5, mebibytes: 10 };
    const samples = [makeSample(0, 0), makeSample(1, 9 * MIB)];
    expect(isWorthWatching(4, samples, minimum)).toBe(false);
    expect(isWorthWatching(5, samples, minimum)).toBe(true);
    const more = [...samples, makeSample(2, 10 * MIB)];
    expect(isWorthWatching(2, more, minimum)).toBe(true);
  });
});
