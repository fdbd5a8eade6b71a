import { deviceUsage } from '../../../../src/views/parts/usage';
import { makeMemory, makeRecord, makeSession } from '../../builders';

describe('views/parts/usage', () => {
  const memory = [makeMemory()];

  it('should show what the last run left', () => {
    const session = makeSession([makeRecord({ memory })]);
    const [host] = deviceUsage(session, null);
    expect(host.used).toBe(memory[0].allocated_after_bytes);
  });

  it('should show what an action has left, and not what an earlier run did', () => {
    const record = makeRecord({ memory });
    const of = (run_id: string) => ({
      ...makeSession([record]),
      memory_now: { devices: [{ device: 'host', used_bytes: 7 }], run_id }
    });
    expect(deviceUsage(of(record.run_id), null)[0].used).toBe(7);
    expect(deviceUsage(of('earlier'), null)[0].used).toBe(
      memory[0].allocated_after_bytes
    );
  });

  it('should show nothing that a restart has swept away', () => {
    const session = makeSession([makeRecord({ memory, former: true })]);
    expect(deviceUsage(session, null)).toEqual([]);
  });

  it('should keep the place of numbers that are not known yet in this run', () => {
    const cuda = makeMemory({ device: 'cuda:0', utilisation: 0.6 });
    const base = makeSession([
      makeRecord({ memory: [...memory, cuda], cpu_s: 3, duration_s: 2 })
    ]);
    const session = {
      ...base,
      environment: {
        ...base.environment,
        devices: [{ device: 'cuda:0', name: 'NVIDIA H200' }]
      }
    };
    const cell = {
      type: 'start' as const,
      run_id: 'live',
      cell_id: 'c',
      execution_count: 2,
      started_at: 0,
      source: ''
    };
    const samples = [
      { t_s: 0.5, host_bytes: 1, cpu_s: 1 },
      { t_s: 0.6, host_bytes: 1, utilisation: { 'cuda:0': 0.9 } }
    ];
    const seen = [null, 0, 1, 2].map(count => {
      const [host, device] = deviceUsage(
        session,
        count === null ? null : { cell, samples: samples.slice(0, count) }
      );
      return [host.cores?.busy, device.busy];
    });
    expect(seen).toEqual([
      [1.5, 0.6],
      [1.5, null],
      [2, null],
      [2, 0.9]
    ]);
  });
});
