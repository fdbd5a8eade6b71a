import * as React from 'react';

import { PLAIN } from '../../../../src/report/plain';
import type {
  DeepCompilation,
  DeepProfile
} from '../../../../src/record/_session';
import { Compiler } from '../../../../src/views/deep/compiler';
import {
  compilerSummary,
  pageOf
} from '../../../../src/views/deep/compiler-words';
import { makeRecord, makeSession } from '../../builders';
import { cleanUp, render } from '../render';

const PAGE =
  'https://meta-pytorch.github.io/compile-graph-break-site/gb/gb0170.html';

const ENTRIES: DeepCompilation[] = [
  {
    kind: 'break',
    place: 0,
    function: 'forward',
    count: 2,
    reason: 'Detected data-dependent branching.',
    hints: ['Use `torch.cond`.'],
    url: PAGE
  },
  {
    kind: 'recompiled',
    place: null,
    function: 'step',
    count: 3,
    seconds: 1.5,
    reason: "tensor 'x' size mismatch"
  },
  { kind: 'compiled', place: 0, function: 'forward', seconds: 0.5 }
];

describe('what the compiler did', () => {
  afterEach(cleanUp);

  it('should be told in short', () => {
    expect(compilerSummary(ENTRIES, PLAIN)).toBe(
      '1 break, compiled again 3 times, 2 s'
    );
    expect(compilerSummary(ENTRIES.slice(2), PLAIN)).toBe('500 ms');
  });

  it('should lead to lines, and to pages of PyTorch only', () => {
    const goToLine = jest.fn();
    const record = makeRecord({
      source: 'a\nb',
      source_hash: 'h',
      places: [{ parent: null, kind: 'cell', source_hash: 'h', line: 2 }]
    });
    const page = render(
      <Compiler
        deep={{ compiler: ENTRIES } as unknown as DeepProfile}
        context={{
          session: makeSession([record]),
          record,
          stale: new Set(),
          trans: PLAIN
        }}
        actions={{ goToLine }}
        trans={PLAIN}
      />
    );
    expect(page.textContent).toContain('on line 2 graph break');
    expect(page.textContent).toContain('Use `torch.cond`.');
    expect(page.textContent).toContain('step compiled again, 3 times');
    expect(page.querySelector('a[target]')?.getAttribute('href')).toBe(PAGE);
    page.querySelector<HTMLButtonElement>('button.jp-Torchprof-link')!.click();
    expect(goToLine).toHaveBeenCalledWith(record, 2);
    for (const url of [
      'javascript:alert(1)',
      'https://pytorch.org.evil.example/x',
      'https://pytorch.org@evil.example/',
      null
    ]) {
      expect(pageOf({ kind: 'break', url })).toBeNull();
    }
  });
});
