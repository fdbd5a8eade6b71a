import { leaveSourceOut } from '../../../src/report/redact';
import type { Session } from '../../../src/record/_session';
import { makeAdvice, makeRecord, makeSession } from '../builders';
import expected from '../fixtures/redact/expected.json';
import session from '../fixtures/redact/session.json';

describe('report/redact', () => {
  it('should do what the kernel side does', () => {
    const before = JSON.stringify(session);
    expect(leaveSourceOut(session as unknown as Session)).toEqual(expected);
    expect(JSON.stringify(session)).toBe(before);
  });

  it('should change nothing the second time', () => {
    const once = leaveSourceOut(session as unknown as Session);
    expect(leaveSourceOut(once)).toEqual(once);
  });

  it('should stay quick where a text repeats the beginning of a line', () => {
    const line = 'a'.repeat(40) + '(1)';
    const text = 'a'.repeat(20_000);
    const record = makeRecord({
      source: line,
      advice: [makeAdvice({ title: text })]
    });
    const [left] = leaveSourceOut(makeSession([record])).cells ?? [];
    expect(left.source).toBe('');
    expect(left.advice?.[0].title?.startsWith('a'.repeat(19_900))).toBe(true);
  });
});
