import * as React from 'react';

import type { CellRecord } from '../../../../src/record/_session';
import { NOTHING_SILENCED } from '../../../../src/record/derive';
import { PLAIN } from '../../../../src/report/plain';
import { AdviceCentre } from '../../../../src/views/advice/advice-centre';
import type { IViewActions } from '../../../../src/views/state';
import {
  makeAdvice,
  makeInference,
  makeNotebook,
  makeRecord,
  makeSession
} from '../../fixtures/records';
import {
  button,
  cleanUp,
  click,
  focus,
  get,
  render,
  rerender
} from '../render';

/** A cell of its own whose advice has this title. */
function makeCell(id: number, title = `Finding of \`x${id}\``): CellRecord {
  return makeInference({
    run_id: `run-${id}`,
    cell_id: `cell-${id}`,
    execution_count: id,
    advice: [makeAdvice({ cell_id: `cell-${id}`, title, fix: null })]
  });
}

describe('AdviceCentre', () => {
  afterEach(cleanUp);

  function centre(
    cells: CellRecord[],
    props: Partial<React.ComponentProps<typeof AdviceCentre>> = {}
  ): JSX.Element {
    return (
      <AdviceCentre
        session={makeSession(cells)}
        stale={new Set()}
        silenced={NOTHING_SILENCED}
        busy={false}
        actions={{}}
        trans={PLAIN}
        {...props}
      />
    );
  }

  const lines = (element: Element) => [
    ...element.querySelectorAll<HTMLButtonElement>('.jp-Torchprof-entryLine')
  ];

  it('should be one line each: title, cell, saving', () => {
    const element = render(centre([makeInference()]));
    expect(get(element, '.jp-Torchprof-sectionSummary').textContent).toBe('1');
    expect(lines(element).map(line => line.textContent)).toEqual([
      'outputs keeps 340 MiB for a backward pass that never comesCell [9] · High−340 MiB'
    ]);
  });

  it('should open into the whole advice, and close again', () => {
    const actions: IViewActions = {
      preview: jest.fn(),
      apply: jest.fn(),
      dismiss: jest.fn(),
      learnMore: jest.fn(),
      jumpTo: jest.fn(),
      select: jest.fn()
    };
    const record = makeInference();
    const [advice] = record.advice!;
    const element = render(centre([record], { actions }));
    const [line] = lines(element);
    expect(element.querySelector('article')).toBeNull();
    click(line);
    expect(line.getAttribute('aria-expanded')).toBe('true');
    const card = get(element, 'article');
    const name = card.getAttribute('aria-labelledby')!;
    expect(document.getElementById(name)!.textContent).toBe(
      advice.title.replace(/`/g, '')
    );
    click(button(card, 'Preview'));
    expect(actions.preview).toHaveBeenCalledWith(record, advice);
    click(button(card, 'Apply'));
    expect(actions.apply).toHaveBeenCalledWith(record, advice);
    click(button(card, 'Learn more'));
    expect(actions.learnMore).toHaveBeenCalledWith(advice.rule);
    click(button(card, 'Cell [9]'));
    expect(actions.select).toHaveBeenCalledWith(record.run_id);
    expect(actions.jumpTo).toHaveBeenCalledWith(record, true);
    click(line);
    expect(element.querySelector('article')).toBeNull();
  });

  it('should show the same advice on several cells once, with each of them inside', () => {
    const element = render(
      centre([makeCell(1, '`y` keeps 3 MiB'), makeCell(2, '`y` keeps 5 MiB')])
    );
    const [line, ...others] = lines(element);
    expect(others).toEqual([]);
    expect(line.textContent).toContain('2 cells · High');
    click(line);
    const titles = [...element.querySelectorAll('h5')].map(
      title => title.textContent
    );
    expect(titles).toEqual(['y keeps 3 MiB', 'y keeps 5 MiB']);
  });

  it('should stay open while its cell runs again', () => {
    const element = render(centre([makeCell(1)]));
    click(lines(element)[0]);
    const again = { ...makeCell(1), run_id: 'again', execution_count: 7 };
    rerender(element, centre([makeCell(1), again]));
    expect(get(element, 'article').textContent).toContain('Cell [7]');
  });

  it('should keep the focus near when advice goes', () => {
    const cells = [makeCell(1), makeCell(2), makeCell(3)];
    const element = render(centre(cells));
    click(lines(element)[1]);
    focus(lines(element)[1]);
    const without = (...ids: number[]) =>
      cells.map((cell, index) =>
        ids.includes(index + 1) ? { ...cell, advice: [] } : cell
      );
    rerender(element, centre(without(2)));
    expect(document.activeElement).toBe(lines(element)[1]);
    expect(document.activeElement?.textContent).toContain('x3');
    rerender(element, centre(without(2, 3)));
    expect(document.activeElement?.textContent).toContain('x1');
    rerender(element, centre(without(1, 2, 3)));
    expect(document.activeElement).toBe(
      get(element, '.jp-Torchprof-centreBody')
    );
  });

  it('should leave the focus alone when it is elsewhere', () => {
    const element = render(centre([makeCell(1)]));
    rerender(element, centre([makeRecord()]));
    expect(document.activeElement).toBe(document.body);
  });

  it('should keep the focus on Apply when the cell has changed under it', () => {
    const apply = jest.fn();
    const record = makeInference();
    const element = render(centre([record], { actions: { apply } }));
    click(lines(element)[0]);
    focus(button(element, 'Apply'));
    rerender(
      element,
      centre([record], { actions: { apply }, stale: new Set([record.run_id]) })
    );
    expect(document.activeElement).toBe(button(element, 'Apply'));
    click(button(element, 'Apply'));
    expect(apply).not.toHaveBeenCalled();
  });

  it('should offer to apply what is safe, if anything is', () => {
    const applySafe = jest.fn();
    const record = makeInference();
    record.advice![0].fix!.safe = true;
    const element = render(centre([record], { actions: { applySafe } }));
    click(button(element, 'Apply the safe fix of this notebook…'));
    expect(applySafe).toHaveBeenCalled();
    rerender(element, centre([makeInference()], { actions: { applySafe } }));
    expect(() =>
      button(element, 'Apply the safe fix of this notebook…')
    ).toThrow();
  });

  it('should list dismissed advice, to be brought back', () => {
    const dismiss = jest.fn();
    const record = makeInference();
    const dismissed = new Map([
      ['cell-inference', new Set(['no-grad-inference'])]
    ]);
    const element = render(
      centre([record], {
        actions: { dismiss },
        silenced: { dismissed, rulesOff: new Set() }
      })
    );
    expect(lines(element)).toEqual([]);
    click(button(element, '1 dismissed'));
    click(button(element, 'Restore'));
    expect(dismiss).toHaveBeenCalledWith(record.advice![0], false);
  });

  it('should end with what was applied, and each verdict on demand', () => {
    const element = render(centre(makeNotebook().cells!));
    expect(element.textContent).toContain(
      'Nothing to improve was found so far.'
    );
    click(button(element, '1 applied: −338 MiB, 1.2× faster'));
    expect(element.textContent).toContain(
      'predicted −340 MiB, measured −338 MiB'
    );
  });

  it('should list a bounded number at first', () => {
    const cells = Array.from({ length: 300 }, (_, i) => makeCell(i));
    const element = render(centre(cells));
    expect(lines(element)).toHaveLength(20);
    click(button(element, '280 more'));
    expect(lines(element)).toHaveLength(300);
  });
});
