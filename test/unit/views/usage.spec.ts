import { deviceUsage } from '../../../src/views/usage';
import { makeMemory, makeRecord, makeSession } from '../builders';

describe('views/usage', () => {
  const memory = [makeMemory()];

  it('should show what the last run left', () => {
    const session = makeSession([makeRecord({ memory })]);
    const [host] = deviceUsage(session, null);
    expect(host.used).toBe(memory[0].allocated_after_bytes);
  });

  it('should show nothing that a restart has swept away', () => {
    const session = makeSession([makeRecord({ memory, former: true })]);
    expect(deviceUsage(session, null)).toEqual([]);
  });
});
