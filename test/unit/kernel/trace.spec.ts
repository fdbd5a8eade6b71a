import { readTrace } from '../../../src/kernel/trace';
import type { TracePart } from '../../../src/record/_session';

function answer(data: string | null, parts: number, message = ''): TracePart {
  return { type: 'trace_part', request_id: 'r', data, parts, message };
}

describe('kernel/trace', () => {
  const atOnce = () => Promise.resolve();

  it('should put the parts together, one asked for after the other', async () => {
    const parts = ['ab', '\u00ff\u0000', 'c'].map(btoa);
    const asked: number[] = [];
    const whole = await readTrace(part => {
      asked.push(part);
      return Promise.resolve(answer(parts[part], parts.length));
    }, atOnce);
    expect([...whole]).toEqual([97, 98, 255, 0, 99]);
    expect(asked).toEqual([0, 1, 2]);
  });

  it("should tell the kernel's reason", async () => {
    const gone = () => Promise.resolve(answer(null, 0, 'It is gone.'));
    await expect(readTrace(gone, atOnce)).rejects.toThrow('It is gone.');
  });

  it('should come no faster than the server lets through', async () => {
    jest.useFakeTimers();
    let asked = 0;
    const reading = readTrace(() => {
      asked += 1;
      return Promise.resolve(answer(btoa('x'), 9));
    });
    await jest.advanceTimersByTimeAsync(0);
    expect(asked).toBe(3);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(await reading).toHaveLength(9);
    jest.useRealTimers();
  });
});
