import { Signal } from '@lumino/signaling';

import type { NotebookProfile } from '../../../src/model/notebook-profile';
import type { SessionManager } from '../../../src/model/session-manager';
import { StatusItem } from '../../../src/status/item';
import { statusWords } from '../../../src/status/words';
import type { MemoryEntry, Session } from '../../../src/record/_session';
import { makeMemory, makeRecord, makeSession } from '../builders';
import { english } from '../english';

const GIB = 2 ** 30;

function device(index: number, used: number): MemoryEntry {
  return makeMemory({
    device: `cuda:${index}`,
    allocated_after_bytes: used,
    total_bytes: 80 * GIB
  });
}

function sessionWith(...memory: MemoryEntry[]): Session {
  const session = makeSession([
    makeRecord({ memory: [makeMemory(), ...memory] })
  ]);
  session.environment.devices = memory.map(entry => ({
    device: entry.device,
    name: 'NVIDIA H200',
    total_bytes: entry.total_bytes
  }));
  return session;
}

describe('statusWords', () => {
  it('names the host and the accelerators in use', () => {
    const { text, title } = statusWords(
      sessionWith(device(0, 12 * GIB), device(1, 0)),
      null,
      english
    );
    expect(text).toBe('Host 101 MiB · cuda:0 12 GiB of 80 GiB');
    expect(title).toContain('cuda:1 0 B of 80 GiB');
  });

  it('stays short with many', () => {
    const all = [0, 1, 2, 3].map(index => device(index, GIB));
    const { text } = statusWords(sessionWith(...all), null, english);
    expect(text).toBe(
      'Host 101 MiB · cuda:0 1 GiB of 80 GiB · cuda:1 1 GiB of 80 GiB · 2 more'
    );
  });

  it('follows the running cell', () => {
    const cell = {
      type: 'start' as const,
      run_id: 'r',
      cell_id: null,
      execution_count: 1,
      started_at: 0,
      source: ''
    };
    const samples = [{ t_s: 1, host_bytes: 2 * GIB }];
    const running = { cell, samples };
    expect(statusWords(makeSession(), running, english).text).toBe(
      'Host 2 GiB'
    );
  });

  it('says nothing before the first run', () => {
    expect(statusWords(makeSession(), null, english).text).toBe('');
  });
});

describe('StatusItem', () => {
  it('has a place only while there is something to say', async () => {
    const source = {};
    const currentChanged = new Signal<object, NotebookProfile | null>(source);
    const changed = new Signal<object, void>(source);
    const profile = {
      changed,
      model: { session: sessionWith(), running: null }
    } as unknown as NotebookProfile;
    const open = jest.fn();
    const item = new StatusItem({
      manager: { current: null, currentChanged } as unknown as SessionManager,
      open,
      trans: english
    });
    const states: boolean[] = [];
    item.activeChanged.connect(() => states.push(item.isActive));
    expect(item.isActive).toBe(false);

    currentChanged.emit(profile);
    await settle();
    expect(item.node.textContent).toBe('Host 101 MiB');
    item.isEnabled = false;
    expect(item.isActive).toBe(false);
    item.isEnabled = true;
    currentChanged.emit(null);
    await settle();
    expect(item.isActive).toBe(false);
    expect(states).toEqual([true, false, true, false]);

    item.node.querySelector('button')?.click();
    expect(open).toHaveBeenCalledTimes(1);
    item.dispose();
  });
});

/** Frames and the words' chunk. */
async function settle(): Promise<void> {
  for (let frame = 0; frame < 4; frame++) {
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}
