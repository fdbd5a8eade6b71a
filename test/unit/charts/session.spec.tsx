import * as React from 'react';
import { act } from 'react';

import { onClickOf } from '../../../src/charts/click';
import { SessionTimeline } from '../../../src/charts/session';
import { PLAIN } from '../../../src/report/plain';
import { makeNotebook } from '../fixtures/records';
import { button, cleanUp, get, render } from '../views/render';

/** Without a size nothing is drawn: what is around the chart. */
describe('SessionTimeline', () => {
  afterEach(cleanUp);

  const session = makeNotebook();
  const cells = session.cells ?? [];

  function press(element: Element, key: string): void {
    act(() => {
      element.dispatchEvent(
        new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
      );
    });
  }

  function timeline(onSelect?: (run: { run_id: string }) => void) {
    const element = render(
      <SessionTimeline
        session={session}
        onSelect={onSelect}
        caption="A caption"
        trans={PLAIN}
      />
    );
    return {
      element,
      keys: get(element, '[role=group]'),
      said: () => get(element, '[aria-live]').textContent
    };
  }

  it('should go from run to run by arrows, and open one', () => {
    const onSelect = jest.fn();
    const { keys, said } = timeline(onSelect);
    expect(said()).toBe('');
    press(keys, 'ArrowLeft');
    const last = cells[cells.length - 1];
    expect(said()).toContain(`[${last.execution_count}]`);
    press(keys, 'Home');
    expect(said()).toContain(`[${cells[0].execution_count}]`);
    press(keys, 'ArrowLeft');
    expect(said()).toContain(`[${cells[0].execution_count}]`);
    press(keys, 'ArrowRight');
    press(keys, 'Enter');
    expect(onSelect).toHaveBeenCalledWith(cells[1]);
    press(keys, 'Escape');
    expect(said()).toBe('');
  });

  it('should have the same width for each run by a button that stays pressed', () => {
    const { element } = timeline();
    const equal = button(element, 'Same width for each run');
    expect(equal.getAttribute('aria-pressed')).toBe('false');
    act(() => equal.click());
    expect(equal.getAttribute('aria-pressed')).toBe('true');
  });

  it('should leave keys with modifiers to the browser', () => {
    const { keys, said } = timeline();
    act(() => {
      keys.dispatchEvent(
        new KeyboardEvent('keydown', {
          key: 'ArrowLeft',
          altKey: true,
          bubbles: true
        })
      );
    });
    expect(said()).toBe('');
  });

  it('should take a press and release at one place for a click, and no drag', () => {
    const places: number[] = [];
    const event = { clientX: 70, clientY: 5, currentTarget: document.body };
    const release = (clientX: number) =>
      document.dispatchEvent(
        new MouseEvent('mouseup', { clientX, clientY: 5, bubbles: true })
      );
    onClickOf(event as never, x => places.push(x));
    release(72);
    release(72);
    onClickOf(event as never, x => places.push(x));
    release(90);
    expect(places).toEqual([70]);
  });

  it('should zoom by buttons, and back', () => {
    const { element, keys } = timeline();
    const whole = button(element, 'Show the whole session');
    expect(whole.disabled).toBe(true);
    act(() => button(element, 'Zoom in').click());
    expect(whole.disabled).toBe(false);
    press(keys, '0');
    expect(whole.disabled).toBe(true);
    press(keys, '+');
    act(() => button(element, 'Zoom out').click());
    expect(whole.disabled).toBe(true);
    press(keys, '+');
    const down = (detail: number) =>
      act(() => {
        keys.dispatchEvent(
          new MouseEvent('mousedown', { detail, bubbles: true })
        );
      });
    down(1);
    expect(whole.disabled).toBe(false);
    down(2);
    expect(whole.disabled).toBe(true);
  });

  it('should zoom by the wheel with Ctrl, and leave it to the panel without', () => {
    const { element, keys } = timeline();
    const whole = button(element, 'Show the whole session');
    const turn = (ctrlKey: boolean, deltaY: number) => {
      // jsdom's WheelEvent takes no modifiers.
      const event = new Event('wheel', { bubbles: true, cancelable: true });
      Object.assign(event, { ctrlKey, deltaY, deltaMode: 0, clientX: 100 });
      act(() => {
        keys.dispatchEvent(event);
      });
      return event.defaultPrevented;
    };
    expect(turn(false, -100)).toBe(false);
    expect(whole.disabled).toBe(true);
    expect(turn(true, -100)).toBe(true);
    expect(whole.disabled).toBe(false);
    turn(true, 100);
    expect(whole.disabled).toBe(true);
  });
});
