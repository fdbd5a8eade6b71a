import * as React from 'react';

import { PLAIN } from '../../../../src/report/plain';
import { SafeFixes } from '../../../../src/views/advice/safe-fixes';
import { cleanUp, click, get, render } from '../render';

describe('SafeFixes', () => {
  afterEach(cleanUp);

  const change = { cell: 'Cell [3]', before: 'x\n', after: 'y\n' };
  const choice = {
    cell: 'Cell [3]',
    rule: 'no-grad-inference',
    title: 'Wrap in `torch.no_grad()`',
    changes: [change]
  };

  it('should list cell, rule and title, each with a tick', () => {
    const onToggle = jest.fn();
    const element = render(
      <SafeFixes
        choices={[choice, { ...choice, title: 'Another' }]}
        chosen={new Set([0])}
        left={new Set()}
        onToggle={onToggle}
        trans={PLAIN}
      />
    );
    const [first, second] = [...element.querySelectorAll('label')];
    expect(first.textContent).toBe(
      'Wrap in torch.no_grad()Cell [3] · no-grad-inference'
    );
    expect(get<HTMLInputElement>(first, 'input').checked).toBe(true);
    expect(get<HTMLInputElement>(second, 'input').checked).toBe(false);
    click(get(second, 'input'));
    expect(onToggle).toHaveBeenCalledWith(1);
  });

  it('should say which one has to wait, and show all cells of a change', () => {
    const two = [change, { ...change, cell: 'Cell [4]' }];
    const element = render(
      <SafeFixes
        choices={[{ ...choice, changes: two }]}
        chosen={new Set([0])}
        left={new Set([0])}
        onToggle={jest.fn()}
        trans={PLAIN}
      />
    );
    const id = get(element, 'input').getAttribute('aria-describedby')!;
    expect(document.getElementById(id)!.textContent).toContain('overlaps');
    expect(element.querySelector('.jp-Torchprof-diff')).toBeNull();
    const details = get<HTMLDetailsElement>(element, 'details');
    click(get(details, 'summary'));
    // jsdom opens it, but does not say so.
    if (!element.querySelector('.jp-Torchprof-diff')) {
      React.act(() => void details.dispatchEvent(new Event('toggle')));
    }
    expect(element.querySelectorAll('.jp-Torchprof-diff')).toHaveLength(2);
    expect(details.textContent).toContain('Cell [4]');
  });
});
