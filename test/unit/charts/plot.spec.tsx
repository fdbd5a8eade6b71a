import * as React from 'react';
import { act } from 'react';

import { SessionTimeline } from '../../../src/charts/session';
import { Timeline } from '../../../src/charts/timeline';
import { PLAIN } from '../../../src/report/plain';
import { makeHostile } from '../fixtures/hostile';
import { makeNotebook, makeRecord, makeSamples } from '../fixtures/records';
import { cleanUp, render } from '../views/render';

const DEVICES = ['host', 'cuda:0'];

/** The real plotly.js; jsdom lays nothing out, so sizes are given. */
describe('charts drawn by plotly.js', () => {
  beforeAll(() => {
    Object.defineProperty(HTMLElement.prototype, 'clientWidth', {
      configurable: true,
      get: () => 300
    });
    Object.assign(SVGElement.prototype, {
      getBBox: () => ({ x: 0, y: 0, width: 10, height: 10 }),
      getComputedTextLength: () => 10
    });
    // The one of jsdom's shim never sees anything.
    Reflect.deleteProperty(globalThis, 'IntersectionObserver');
    window.URL.createObjectURL ??= () => '';
  });

  afterEach(cleanUp);

  async function draw(view: JSX.Element): Promise<HTMLElement> {
    const element = render(view);
    for (let i = 0; i < 200 && !element.querySelector('.main-svg'); i++) {
      await act(() => new Promise(resolve => setTimeout(resolve, 25)));
    }
    return element;
  }

  it('should draw one line per device over time', async () => {
    const element = await draw(
      <Timeline
        record={makeRecord({ samples: makeSamples(2, 1 << 28) })}
        devices={DEVICES}
        height={100}
        trans={PLAIN}
      />
    );
    expect(element.querySelectorAll('.scatterlayer .trace')).toHaveLength(2);
    expect(
      element.querySelector('[role=img]')?.getAttribute('aria-label')
    ).toMatch(/memory/);
  });

  it('should draw the session', async () => {
    const element = await draw(
      <SessionTimeline session={makeNotebook()} caption="" trans={PLAIN} />
    );
    // Curves and peaks of two devices, names of runs, and the pauses between them.
    expect(element.querySelectorAll('.scatterlayer .trace')).toHaveLength(6);
  });

  it('should read all devices where keys and the pointer go', async () => {
    const session = makeNotebook();
    const element = await draw(
      <SessionTimeline session={session} caption="" trans={PLAIN} />
    );
    const keys = element.querySelector('[role=group]')!;
    const press = (key: string, shiftKey = false) =>
      act(() => {
        keys.dispatchEvent(
          new KeyboardEvent('keydown', { key, shiftKey, bubbles: true })
        );
      });
    const values = () =>
      [...element.querySelectorAll('.jp-Torchprof-crosshairValue')].map(
        ({ textContent }) => textContent
      );
    expect(values()).toEqual([]);
    press('Home');
    expect(values()).toEqual([expect.stringMatching(/iB$/)]);
    const last = session.cells![session.cells!.length - 1];
    press('End');
    expect(values()).toHaveLength(2);
    const head = () =>
      element.querySelector('.jp-Torchprof-crosshairHead')?.textContent;
    expect(head()).toContain(`[${last.execution_count}]`);
    const before = head();
    press('ArrowLeft', true);
    expect(head()).not.toBe(before);
    expect(element.querySelector('[aria-live]')?.textContent).toContain('Host');
    press('Escape');
    expect(values()).toEqual([]);
    act(() => {
      keys.dispatchEvent(
        new MouseEvent('mousemove', { clientX: 80, bubbles: true })
      );
    });
    expect(values().length).toBeGreaterThan(0);
    // Left of the rows there is no time.
    act(() => {
      keys.dispatchEvent(
        new MouseEvent('mousemove', { clientX: 20, bubbles: true })
      );
    });
    expect(values()).toEqual([]);
  });

  it('should open the run at which the pointer is pressed and released', async () => {
    const onSelect = jest.fn();
    const session = makeNotebook();
    const element = await draw(
      <SessionTimeline
        session={session}
        onSelect={onSelect}
        caption=""
        trans={PLAIN}
      />
    );
    const keys = element.querySelector('[role=group]')!;
    act(() => {
      const at = { clientX: 60, bubbles: true };
      keys.dispatchEvent(new MouseEvent('mousedown', { ...at, detail: 1 }));
      document.dispatchEvent(new MouseEvent('mouseup', at));
    });
    expect(onSelect).toHaveBeenCalledWith(session.cells![0]);
  });

  it('should count nothing before there is anything', async () => {
    const element = await draw(
      <SessionTimeline
        session={{ ...makeNotebook(), cells: [] }}
        caption=""
        trans={PLAIN}
      />
    );
    expect(element.querySelector('svg')).not.toBeNull();
    expect(element.querySelector('.ytick, .xtick')).toBeNull();
  });

  it('should draw hostile text as text', async () => {
    const element = await draw(
      <SessionTimeline session={makeHostile()} caption="" trans={PLAIN} />
    );
    expect(element.querySelector('.js-plotly-plot, svg')).not.toBeNull();
    expect(element.querySelector('a, image, script, foreignObject')).toBeNull();
    expect(window).not.toHaveProperty('hurt');
  });

  it('should offer no way to send the data anywhere', async () => {
    const element = await draw(
      <Timeline
        record={makeRecord({ samples: makeSamples(2, 1 << 28) })}
        devices={DEVICES}
        height={100}
        trans={PLAIN}
      />
    );
    expect(element.querySelector('.modebar-btn')).toBeNull();
    expect(element.querySelector('.plotlyjsicon')).toBeNull();
  });
});
