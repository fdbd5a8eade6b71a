import * as React from 'react';

import type { Session } from '../../../src/record/_session';
import { PLAIN } from '../../../src/report/plain';
import { ReportView } from '../../../src/report/view';
import { PanelView } from '../../../src/views/session/panel';
import { SessionView } from '../../../src/views/session/session';
import { makeHostile } from '../fixtures/hostile';
import { hidden } from './hidden';
import { cleanUp, click, render } from './render';

/** What a record may cost the page, though its texts are megabytes. */
const CHARACTERS = 200_000;

const surfaces: [string, (session: Session) => JSX.Element][] = [
  [
    'panel',
    session => (
      <PanelView
        state={{
          connection: { kind: 'connected', enabled: true },
          session,
          running: null,
          selected: session.cells![0].run_id,
          stale: new Set()
        }}
        actions={{}}
        trans={PLAIN}
      />
    )
  ],
  ['output', session => <SessionView session={session} trans={PLAIN} />],
  [
    'report',
    session => (
      <ReportView session={session} title={session.notebook!} trans={PLAIN} />
    )
  ]
];

describe.each(surfaces)('a hostile record in the %s', (_, view) => {
  beforeAll(() => {
    window.matchMedia ??= () => ({ matches: false }) as MediaQueryList;
  });

  afterEach(cleanUp);

  function draw(): HTMLElement {
    const element = render(view(makeHostile()));
    const first = element.querySelector<HTMLElement>('[role=option]');
    if (first) {
      click(first);
    }
    return element;
  }

  it('should make no element of text', () => {
    const element = draw();
    expect(element.textContent).toContain('<img src=x onerror=');
    expect(
      element.querySelector('script, img, iframe, style, link')
    ).toBeNull();
    expect(element.querySelector('a[href^="javascript:"]')).toBeNull();
    for (const other of element.querySelectorAll('*')) {
      expect(
        other.getAttributeNames().filter(name => /^on/.test(name))
      ).toEqual([]);
    }
    expect(window).not.toHaveProperty('hurt');
  });

  it('should stay small', () => {
    expect(draw().innerHTML.length).toBeLessThan(CHARACTERS);
  });

  it('should let through nothing that turns directions, or hides', () => {
    const element = draw();
    expect(element.textContent).toContain('\ufffdgnp.exe');
    expect(hidden(element)).toBeUndefined();
  });

  it('should say of the fix that does not fit that it does not', () => {
    expect(draw().textContent).toContain(
      'Its changes do not fit the source that ran.'
    );
  });
});
