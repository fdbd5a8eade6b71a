import * as React from 'react';
import { act } from 'react';

import type { Session } from '../../../src/record/_session';
import { PLAIN } from '../../../src/report/plain';
import { ReportView } from '../../../src/report/view';
import { makeInference, makeNotebook, makeSession } from '../fixtures/records';
import { button, cleanUp, click, get, render } from '../views/render';

function draw(session: Session = makeNotebook()): HTMLElement {
  return render(
    <ReportView session={session} title="inference.ipynb" trans={PLAIN} />
  );
}

describe('ReportView', () => {
  beforeAll(() => {
    window.matchMedia ??= () => ({ matches: true }) as MediaQueryList;
  });

  afterEach(() => {
    cleanUp();
    window.location.hash = '';
    document.body.removeAttribute('data-jp-theme-light');
  });

  it('should answer first what to change, what cost most, what ran where', () => {
    const element = draw(makeSession([makeInference()]));
    const answers = [...element.querySelectorAll('.jp-Torchprof-answer')].map(
      answer => answer.textContent
    );
    expect(answers[0]).toMatch(
      /^What to change\[9\] outputs keeps 340 MiB.*−340 MiB$/
    );
    expect(answers[1]).toMatch(
      /^What cost mostTime.*2.41 s.*left behind.*\+341 MiB$/
    );
    expect(answers[2]).toMatch(
      /^Where it ranHost.*cuda:0NVIDIA H200436 MiB of 139 GiB/
    );
  });

  it('should say that there is nothing to change, and what was verified', () => {
    const answer = get(draw(), '.jp-Torchprof-answer').textContent;
    expect(answer).toContain('no advice is open');
    expect(answer).toContain('predicted −340 MiB, measured −338 MiB');
  });

  it('should link every cell', () => {
    const element = draw();
    const links = [
      ...element.querySelectorAll<HTMLAnchorElement>(
        'nav a, .jp-Torchprof-lines a'
      )
    ];
    expect(links.length).toBeGreaterThan(11);
    for (const link of links) {
      expect(
        element.querySelector(link.getAttribute('href') ?? '')
      ).not.toBeNull();
    }
  });

  it('should open the cells that have something to say', () => {
    const open = [
      ...draw().querySelectorAll('#cells details[open].jp-Torchprof-cell')
    ];
    expect(
      open.map(cell => get(cell, '.jp-Torchprof-lineNumber').textContent)
    ).toEqual(['[9]', '[10]', '[11]', '[12]']);
  });

  it('should open a cell that a link leads to', () => {
    const element = draw();
    const cell = get<HTMLDetailsElement>(element, '#run-6');
    expect(cell.textContent).not.toContain('shapes.pt');
    act(() => {
      window.location.hash = '#run-6';
      window.dispatchEvent(new HashChangeEvent('hashchange'));
    });
    expect(cell.open).toBe(true);
    expect(cell.textContent).toContain('shapes.pt');
  });

  it('should show the fix as a diff, since nothing can be clicked', () => {
    const element = draw();
    const diff = get(element, '.jp-Torchprof-diff');
    const added = [...diff.querySelectorAll('[data-kind=added] bdi')];
    expect(added.map(line => line.textContent)).toEqual([
      'with torch.no_grad():',
      '    for images in batches:',
      '        outputs.append(model(images.to(device)))'
    ]);
    expect(() => button(element, 'Apply')).toThrow();
  });

  it('should switch the theme', async () => {
    const element = draw();
    const toggle = async (name: string) => {
      click(button(element, name));
      // The charts hear of it a little later.
      await act(async () => undefined);
    };
    await toggle('Dark theme');
    expect(document.body.getAttribute('data-jp-theme-light')).toBe('false');
    await toggle('Light theme');
    expect(document.body.getAttribute('data-jp-theme-light')).toBe('true');
  });

  it('should draw a session without any run', () => {
    expect(draw(makeSession([])).textContent).toContain('0 runs in 0 ms');
  });
});
