import { CellBadge } from '../../../src/cell/badge';
import { makeAdvice, makeMemory, makeRecord } from '../builders';
import { english } from '../english';

const MIB = 2 ** 20;

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

  it('should say time, change of memory, peak and advice in one line', () => {
    badge.display(
      makeRecord({ duration_s: 0.34, advice: [makeAdvice()] }),
      false
    );
    expect(parts()).toEqual([
      '340 ms',
      '+1 MiB',
      'peak 103 MiB',
      '1 suggestion'
    ]);
    expect(button().getAttribute('aria-label')).toBe(
      'Profile of this cell: took 340 ms, memory of host +1 MiB, peak 103 MiB, 1 suggestion'
    );
  });

  it('should count only advice that is open', () => {
    const advice = [makeAdvice(), makeAdvice({ rule: 'other' })];
    const dismissed = new Map([['cell-a', new Set(['other'])]]);
    const rulesOff = new Set<string>();
    const record = makeRecord({ advice });
    badge.display(record, false, { dismissed, rulesOff });
    expect(parts()).toContain('1 suggestion');
    rulesOff.add('no-grad-inference');
    badge.display(record, false, { dismissed, rulesOff });
    expect(parts()).toHaveLength(3);
  });

  it('should speak of the accelerator where one is used, and of sampled peaks as bounds', () => {
    const device = makeMemory({
      device: 'cuda:0',
      allocated_before_bytes: 0,
      allocated_after_bytes: 412 * MIB,
      peak_bytes: 1200 * MIB,
      peak_is: 'sampled'
    });
    badge.display(makeRecord({ memory: [makeMemory(), device] }), false);
    expect(parts().slice(1)).toEqual(['+412 MiB', 'peak ≥ 1.2 GiB']);
  });

  it('should say what could be measured where memory could not', () => {
    badge.display(makeRecord({ memory: [] }), false);
    expect(parts()).toEqual(['340 ms']);
  });

  it('should begin with a failure', () => {
    badge.display(makeRecord({ status: 'error' }), false);
    expect(parts()[0]).toBe('failed');
    badge.display(makeRecord({ status: 'interrupted' }), false);
    expect(parts()[0]).toBe('interrupted');
  });

  it('should be dimmed and say so when stale', () => {
    badge.display(makeRecord(), true);
    expect(badge.hasClass('jp-mod-stale')).toBe(true);
    expect(button().title).toContain('edited since');
    badge.display(makeRecord(), false);
    expect(badge.hasClass('jp-mod-stale')).toBe(false);
  });

  it('should open the detail, and keep its keys from the notebook', () => {
    badge.display(makeRecord(), false);
    button().click();
    expect(opened).toBe(1);
    expect(badge.node.hasAttribute('data-lm-suppress-shortcuts')).toBe(true);
  });

  it('should show a hostile device name as text', () => {
    const device = makeMemory({ device: '<img src=x onerror=alert(1)>' });
    badge.display(makeRecord({ memory: [device] }), false);
    expect(badge.node.querySelector('img')).toBeNull();
  });
});
