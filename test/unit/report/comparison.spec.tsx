import * as React from 'react';

import { PLAIN } from '../../../src/report/plain';
import { ReportView } from '../../../src/report/view';
import type { Baseline } from '../../../src/report/comparison';
import type { Session } from '../../../src/record/_session';
import { makeHostile } from '../fixtures/hostile';
import {
  makeFixed,
  makeInference,
  makeRecord,
  makeSession
} from '../fixtures/records';
import { cleanUp, get, render } from '../views/render';

describe('report/comparison', () => {
  beforeAll(() => {
    window.matchMedia ??= () => ({ matches: false }) as MediaQueryList;
  });

  afterEach(cleanUp);

  function draw(session: Session, baseline?: Baseline): HTMLElement {
    return render(
      <ReportView
        session={session}
        baseline={baseline}
        title="inference.ipynb"
        trans={PLAIN}
      />
    );
  }

  it('should compare with the earlier session', () => {
    const element = draw(
      makeSession([makeFixed()]),
      makeSession([makeInference()])
    );
    const section = get(element, '#comparison');
    expect(get(section, 'p').textContent).toMatch(
      /^Compared with inference.ipynb, \d{4}-\d\d-\d\d \d\d:\d\d$/
    );
    expect(section.textContent).toContain('1 solved');
    get(element, 'a[href="#comparison"]');
  });

  it('should say why it cannot be compared, and show the rest', () => {
    const element = draw(
      makeSession([makeFixed()]),
      new Error('This profile was made by a newer jupyterlab-torchprof.')
    );
    expect(get(element, '#comparison [role=alert]').textContent).toContain(
      'newer'
    );
    get(element, '#cells');
  });

  it('should show what changed in cells that were edited', () => {
    const element = draw(
      makeSession([
        makeRecord({ cell_id: 'same' }),
        makeInference(),
        makeFixed()
      ])
    );
    const section = get(element, '#changes');
    expect(section.querySelectorAll('details')).toHaveLength(1);
    expect(section.textContent).toContain('1.2× faster');
    expect(get(section, '[data-kind=added]').textContent).toContain('no_grad');
    get(element, 'a[href="#changes"]');
    expect(element.querySelector('#comparison')).toBeNull();
  });

  it('should show a hostile session as text', () => {
    const hostile = makeHostile();
    const section = get(draw(makeHostile(), hostile), '#comparison');
    expect(section.querySelector('script, img, iframe')).toBeNull();
    expect(get(section, 'p bdi').textContent).toContain('</script>');
    expect(section.innerHTML.length).toBeLessThan(100_000);
  });

  it('should leave out what there is not', () => {
    const element = draw(
      makeSession([makeInference(), makeInference({ run_id: 'again' })])
    );
    expect(element.querySelector('#changes')).toBeNull();
    expect(element.querySelector('a[href="#changes"]')).toBeNull();
  });
});
