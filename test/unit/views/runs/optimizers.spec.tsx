import * as React from 'react';

import type { Optimizer } from '../../../../src/record/_session';
import { PLAIN } from '../../../../src/report/plain';
import { optimizerFacts } from '../../../../src/views/runs/optimizer-words';
import { Optimizers } from '../../../../src/views/runs/optimizers';
import facts from '../../fixtures/optimizers/facts.json';
import { makeRecord } from '../../fixtures/records';
import { cleanUp, get, render } from '../render';
import type { CellRecord } from '../../../../src/record/_session';

/** The fixture's optimizer of that name, in a run. */
function runOf(...names: string[]): CellRecord {
  const optimizers = facts.cases
    .filter(({ name }) => names.includes(name))
    .map(({ optimizer }) => optimizer as Optimizer);
  expect(optimizers).toHaveLength(names.length);
  return makeRecord({
    source_hash: facts.source_hash,
    places: facts.places as CellRecord['places'],
    optimizers
  });
}

function draw(record: CellRecord): HTMLElement {
  return render(<Optimizers record={record} trans={PLAIN} />);
}

function notables(element: HTMLElement): (string | null)[] {
  return [...element.querySelectorAll('.jp-Torchprof-notable')].map(
    ({ textContent }) => textContent
  );
}

describe('optimizerFacts', () => {
  it.each(facts.cases)(
    'should say what the terminal says: $name',
    ({ name, facts: expected, notable }) => {
      const record = runOf(name);
      const found = optimizerFacts(record, record.optimizers![0], PLAIN);
      expect(found.map(({ text }) => text)).toEqual(expected);
      expect(
        found.flatMap((fact, index) => (fact.notable ? [index] : []))
      ).toEqual(notable);
    }
  );
});

describe('Optimizers', () => {
  afterEach(cleanUp);

  it('should call what lived in a function as its code did', () => {
    const text = draw(runOf('one that lived in a function')).textContent;
    expect(text).toContain('self.opt (Adam)');
    expect(text).toContain('parameters of self.net');
  });

  it('should colour only what may be why nothing is learnt', () => {
    expect(notables(draw(runOf('a rate that changed')))).toEqual([]);
    cleanUp();
    expect(notables(draw(runOf('a cut encoder')))).toEqual([
      '7 skipped',
      '13 without gradient',
      '7 skipped by the scaler',
      '13 of 40 parameters never got a gradient: model.encoder (12), model.head.bias',
      'gradients not finite first at step 1, line 4'
    ]);
  });

  it('should sum up what all of them did', () => {
    const record = runOf('a cut encoder', 'parameters that nobody names');
    expect(get(draw(record), 'summary').textContent).toBe(
      'Optimizers300 steps · 8 skipped · 14 without gradient'
    );
  });

  it('should count those that are alike', () => {
    const element = draw(runOf('one for each parameter'));
    expect(get(element, 'summary').textContent).toBe('Optimizers20 steps');
    expect(get(element, 'li').textContent).toBe('Adam, 3 of them20 steps each');
  });

  it('should write names as code', () => {
    const element = draw(runOf('more than are named'));
    expect(
      [...element.querySelectorAll('code')].map(code => code.textContent)
    ).toEqual(['net[0].weight', 'net[1].weight', 'net[2].weight']);
  });
});
