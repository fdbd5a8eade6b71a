import * as React from 'react';

import type { Load } from '../../../../src/record/_session';
import { PLAIN } from '../../../../src/report/plain';
import { loadFacts } from '../../../../src/views/runs/load-words';
import { Loads } from '../../../../src/views/runs/loads';
import facts from '../../fixtures/loads/facts.json';
import { makeRecord } from '../../fixtures/records';
import { cleanUp, render } from '../render';

function loadOf(name: string): Load {
  const found = facts.cases.find(each => each.name === name);
  return found!.load as unknown as Load;
}

describe('loadFacts', () => {
  it.each(facts.cases)(
    'should say what the terminal says: $name',
    ({ name, facts: expected }) => {
      expect(loadFacts(loadOf(name), PLAIN)).toEqual(expected);
    }
  );
});

describe('Loads', () => {
  afterEach(cleanUp);

  it('should say who loaded, and show unknown sizes as a dash', () => {
    const loads = [
      loadOf('a model of four files'),
      { ...loadOf('files that are not known'), path: 'org/name', failed: true }
    ];
    const element = render(
      <Loads record={makeRecord({ loads })} trans={PLAIN} />
    );
    const rows = [...element.querySelectorAll('tbody tr')].map(row =>
      [...row.children].map(({ textContent }) => textContent)
    );
    expect(rows).toEqual([
      [
        'model.ptfrom_pretrained in transformers · BertModel · safetensors, 4 files · float32'
      ],
      ['–', '1 MiB', '500 ms', '–'],
      ['org/name could not be loadedfrom_pretrained in transformers'],
      ['–', '–', '500 ms', '–']
    ]);
  });
});
