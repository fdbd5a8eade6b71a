/** Renders views into the page, as React does in the panel. */
import * as React from 'react';
import { act } from 'react';
import type { Root } from 'react-dom/client';
import { createRoot } from 'react-dom/client';

(
  globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }
).IS_REACT_ACT_ENVIRONMENT = true;

const mounted: { root: Root; element: HTMLElement }[] = [];

/** The element that the view was drawn into; it stands in the page. */
export function render(view: JSX.Element): HTMLElement {
  const element = document.createElement('div');
  document.body.append(element);
  const root = createRoot(element);
  act(() => root.render(<React.StrictMode>{view}</React.StrictMode>));
  mounted.push({ root, element });
  return element;
}

/** Draw something else in the same place. */
export function rerender(element: HTMLElement, view: JSX.Element): void {
  const found = mounted.find(other => other.element === element);
  act(() => found?.root.render(<React.StrictMode>{view}</React.StrictMode>));
}

/** Take all views away. */
export function cleanUp(): void {
  for (const { root, element } of mounted.splice(0)) {
    act(() => root.unmount());
    element.remove();
  }
}

/** The first match. */
export function get<T extends HTMLElement = HTMLElement>(
  element: Element,
  selector: string
): T {
  const found = element.querySelector<T>(selector);
  if (!found) {
    throw new Error(
      `Nothing matches ${selector} in: ${element.textContent?.slice(0, 500)}`
    );
  }
  return found;
}

/** The button of this name, by text or label. */
export function button(element: Element, name: string): HTMLButtonElement {
  const found = [...element.querySelectorAll('button')].find(
    other => (other.getAttribute('aria-label') ?? other.textContent) === name
  );
  if (!found) {
    throw new Error(`There is no button "${name}".`);
  }
  return found;
}

/** Click, and let React answer. */
export function click(element: HTMLElement): void {
  act(() => element.click());
}

/** Give the focus, and let React answer. */
export function focus(element: HTMLElement): void {
  act(() => element.focus());
}

/** Press a key on the element that has the focus, and let React answer. */
export function press(key: string): void {
  act(() => {
    document.activeElement?.dispatchEvent(
      new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
    );
  });
}

/** Choose an option of a select, and let React answer. */
export function choose(element: HTMLSelectElement, value: string): void {
  act(() => {
    element.value = value;
    element.dispatchEvent(new Event('change', { bubbles: true }));
  });
}

/** Replace the text of an input as typing does, and let React answer. */
export function type(element: HTMLInputElement, text: string): void {
  const { set } = Object.getOwnPropertyDescriptor(
    HTMLInputElement.prototype,
    'value'
  )!;
  act(() => {
    // React overrides the property of the element itself, to know of changes.
    set?.call(element, text);
    element.dispatchEvent(new Event('input', { bubbles: true }));
  });
}
