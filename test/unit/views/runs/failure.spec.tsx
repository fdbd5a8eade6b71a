import * as React from 'react';

import { decodeSession } from '../../../../src/record/decode';
import type { CellRecord, Session } from '../../../../src/record/_session';
import { PLAIN } from '../../../../src/report/plain';
import { errorPlace, errorWords } from '../../../../src/views/runs/error-place';
import { Failure } from '../../../../src/views/runs/failure';
import type { IViewActions } from '../../../../src/views/state';
import fixture from '../../fixtures/places/errors.json';
import { button, cleanUp, click, render } from '../render';

const session = decodeSession(JSON.stringify(fixture.session));
const run = (id: string) =>
  session.cells!.find(({ run_id }) => run_id === id) as CellRecord;

describe('where an error came about', () => {
  afterEach(cleanUp);

  const draw = (
    id: string,
    actions: IViewActions = {},
    of: Session = session
  ) =>
    render(
      <Failure
        session={of}
        record={run(id)}
        stale={new Set()}
        actions={actions}
        trans={PLAIN}
      />
    );

  it.each(Object.entries(fixture.words))(
    'should be said as in the kernel: %s',
    (id, words) => {
      const record = run(id);
      const context = {
        session,
        record,
        stale: new Set<string>(),
        trans: PLAIN
      };
      const found = errorPlace(record);
      expect(found ? errorWords(found, context) : '').toBe(words);
    }
  );

  it('should stand with the error, and lead to the line', () => {
    const gone: [string | null, number][] = [];
    const element = draw('e-15', {
      goToLine: ({ cell_id }, line) => gone.push([cell_id, line])
    });
    expect(element.textContent).toBe(
      'RuntimeError in evaluate, cell [14] line 18, called by [15] line 4: no'
    );
    click(
      button(element, 'in evaluate, cell [14] line 18, called by [15] line 4')
    );
    expect(gone).toEqual([['c14', 18]]);
  });

  it('should link to the cell in a document, if it is another', () => {
    const hrefOf = ({ run_id }: CellRecord) => `#${run_id}`;
    const links = (id: string) =>
      [...draw(id, { hrefOf }).querySelectorAll('a')].map(link =>
        link.getAttribute('href')
      );
    expect(links('e-15')).toEqual(['#e-14']);
    expect(links('e-4')).toEqual([]);
  });

  it('should name a line of the cell itself, or none', () => {
    expect(draw('e-5').textContent).toBe('RuntimeError on line 4: no');
    expect(draw('e-7').textContent).toBe('RuntimeError: no');
    expect(draw('e-1').textContent).toBe('');
  });
});
