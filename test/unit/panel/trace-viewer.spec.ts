import { Notification } from '@jupyterlab/apputils';

import type { IViewerWindow } from '../../../src/panel/trace-viewer';
import { openViewer, showTrace } from '../../../src/panel/trace-viewer';
import { PLAIN } from '../../../src/report/plain';

const ADDRESS = 'https://traces.example/viewer/';
const ORIGIN = 'https://traces.example';

describe('a trace in another tab', () => {
  let asked: [unknown, unknown][];
  let viewer: { postMessage: jest.Mock; closed: boolean };

  beforeEach(() => {
    jest.useFakeTimers();
    asked = [];
    viewer = {
      postMessage: jest.fn((...sent) => asked.push(sent as [unknown, unknown])),
      closed: false
    };
  });

  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  const answer = (source: unknown, origin: string, data = 'PONG') => {
    const event = new MessageEvent('message', { data, origin });
    Object.defineProperty(event, 'source', { value: source });
    window.dispatchEvent(event);
  };

  function show(to: unknown = viewer): Promise<unknown> {
    let told: Promise<unknown> = Promise.resolve();
    jest.spyOn(Notification, 'promise').mockImplementation(promise => {
      told = promise;
      return '';
    });
    showTrace(
      async () => Promise.resolve(new Uint8Array([1, 2])),
      to as IViewerWindow | null,
      ADDRESS,
      'cell-3',
      PLAIN
    );
    return told;
  }

  it('should be handed over once the viewer answers, and to nobody else', async () => {
    const shown = show();
    jest.advanceTimersByTime(500);
    expect(asked).toEqual([
      ['PING', ORIGIN],
      ['PING', ORIGIN]
    ]);
    answer({}, ORIGIN);
    answer(viewer, 'https://other.example');
    answer(viewer, ORIGIN, 'hello');
    jest.advanceTimersByTime(200);
    expect(asked).toHaveLength(3);
    answer(viewer, ORIGIN);
    expect(await shown).toBe('cell-3');
    const [message, origin] = asked[3] as [
      { perfetto: { buffer: ArrayBuffer; title: string } },
      string
    ];
    expect(origin).toBe(ORIGIN);
    expect([...new Uint8Array(message.perfetto.buffer)]).toEqual([1, 2]);
    expect(message.perfetto.title).toBe('cell-3');
    jest.advanceTimersByTime(5000);
    expect(asked).toHaveLength(4);
  });

  it('should say that the tab was closed, or was not opened', async () => {
    const shown = show();
    viewer.closed = true;
    jest.advanceTimersByTime(500);
    await expect(shown).rejects.toThrow(`${ORIGIN} did not answer.`);
    await expect(show(null)).rejects.toThrow('did not open');
  });

  it('should open a tab that has no way back', () => {
    const tab = { opener: window, location: { href: '' } };
    jest.spyOn(window, 'open').mockReturnValue(tab as unknown as Window);
    expect(openViewer(ADDRESS)).toBe(tab);
    expect(tab).toEqual({ opener: null, location: { href: ADDRESS } });
  });
});
