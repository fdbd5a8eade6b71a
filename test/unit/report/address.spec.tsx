import * as React from 'react';
import { act } from 'react';

import { useAddress } from '../../../src/report/address';
import { cleanUp, render } from '../views/render';

describe('the address of a place in the report', () => {
  let shown: [string, ScrollIntoViewOptions][] = [];
  let grow: () => void = () => undefined;
  const { ResizeObserver: Observer } = globalThis;

  beforeEach(() => {
    shown = [];
    grow = () => undefined;
    Element.prototype.scrollIntoView = function (options) {
      shown.push([this.id, options as ScrollIntoViewOptions]);
    };
    globalThis.ResizeObserver = class {
      constructor(callback: ResizeObserverCallback) {
        grow = () => callback([], this);
      }
      observe(): void {}
      unobserve(): void {}
      disconnect(): void {
        grow = () => undefined;
      }
    };
  });

  afterEach(() => {
    cleanUp();
    globalThis.ResizeObserver = Observer;
    Reflect.deleteProperty(Element.prototype, 'scrollIntoView');
    window.location.hash = '';
    window.history.scrollRestoration = 'auto';
    jest.useRealTimers();
  });

  function Page(): JSX.Element {
    useAddress();
    return <section id="run-4">Cell</section>;
  }

  it('should be shown, and kept in sight while what is above grows', () => {
    window.location.hash = '#run-4';
    window.history.scrollRestoration = 'auto';
    render(<Page />);
    expect(shown[0]).toEqual(['run-4', { behavior: 'instant' }]);
    // The browser would restore where another page was scrolled to.
    expect(window.history.scrollRestoration).toBe('manual');
    const before = shown.length;
    grow();
    expect(shown).toHaveLength(before + 1);
  });

  it.each(['wheel', 'touchstart', 'pointerdown', 'keydown', 'hashchange'])(
    'should leave the page to a reader who moves: %s',
    event => {
      window.location.hash = '#run-4';
      render(<Page />);
      window.dispatchEvent(new Event(event));
      const before = shown.length;
      grow();
      expect(shown).toHaveLength(before);
    }
  );

  it('should be kept only until the page has settled', () => {
    jest.useFakeTimers();
    window.location.hash = '#run-4';
    render(<Page />);
    act(() => jest.advanceTimersByTime(2000));
    const before = shown.length;
    grow();
    expect(shown).toHaveLength(before);
  });

  it.each(['', '#', '#nowhere', '#%'])('should be left alone: "%s"', hash => {
    window.location.hash = hash;
    window.history.scrollRestoration = 'auto';
    render(<Page />);
    expect(shown).toEqual([]);
    expect(window.history.scrollRestoration).toBe('auto');
  });
});
