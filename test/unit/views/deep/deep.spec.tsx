import * as React from 'react';

import { PLAIN } from '../../../../src/report/plain';
import type { CellRecord, DeepProfile } from '../../../../src/record/_session';
import { Deep } from '../../../../src/views/deep/deep';
import { cutWords, verdictWords } from '../../../../src/views/deep/deep-words';
import type { IViewActions } from '../../../../src/views/state';
import { makeRecord, makeSession } from '../../builders';
import cases from '../../fixtures/deep/verdict.json';
import { cleanUp, render } from '../render';

const profile = (index: number): DeepProfile =>
  cases[index].deep as unknown as DeepProfile;

describe('a deep profile', () => {
  afterEach(cleanUp);

  it.each(cases.map(one => [one.words, one.deep] as const))(
    'should be told as in the terminal: %s',
    (words, deep) => {
      expect(verdictWords(deep as unknown as DeepProfile, PLAIN)).toBe(words);
    }
  );

  it('should say why it is shorter than was asked for', () => {
    expect(cutWords(profile(0), PLAIN)).toBeNull();
    expect(cutWords(profile(1), PLAIN)).toContain('ten seconds');
    expect(cutWords({ ...profile(0), lines_known: false }, PLAIN)).toContain(
      'debugger'
    );
  });

  function draw(
    deep: DeepProfile | null,
    actions: IViewActions = {},
    parts: Partial<CellRecord> = {}
  ): HTMLElement {
    const record = makeRecord({
      source: 'a\nb',
      source_hash: 'h',
      places: [{ parent: null, kind: 'cell', source_hash: 'h', line: 2 }],
      deep,
      ...parts
    });
    return render(
      <Deep
        session={makeSession([record])}
        record={record}
        stale={new Set()}
        actions={actions}
        trans={PLAIN}
      />
    );
  }

  it('should be nothing where none was asked for', () => {
    expect(draw(null).innerHTML).toBe('');
  });

  it('should draw each step as long as it took', () => {
    const bars = draw(profile(0)).querySelectorAll<HTMLElement>(
      '.jp-Torchprof-deepSteps .jp-Torchprof-stack'
    );
    expect(
      [...bars].map(({ style }) => Math.round(parseFloat(style.width)))
    ).toEqual([86, 86, 100]);
  });

  it('should lead from a line to the code', () => {
    const goToLine = jest.fn();
    const page = draw(
      {
        ...profile(0),
        lines: [
          { place: 0, host_s: 0.01, backward_s: 0.03, calls: 3, flops: 2e9 },
          { place: 7 }
        ],
        operators: [
          {
            name: 'aten::mm',
            phase: 'backward',
            calls: 6,
            self_s: 0.02,
            total_s: 0.02,
            flops: null,
            place: 0
          }
        ],
        memory: [
          {
            device: 'cpu',
            peak_bytes: 8 << 20,
            peak_s: 0.1,
            end_bytes: 0,
            held: [
              { place: 0, phase: 'forward', held_bytes: 5 << 20, blocks: 3 },
              {
                place: null,
                phase: 'backward',
                held_bytes: 1 << 20,
                blocks: 1
              }
            ]
          }
        ],
        modules: [{ name: 'Net.head', forward_s: 0.01, flops: 3e6 }]
      },
      { goToLine }
    );
    expect(page.textContent).toContain('2 GFLOP');
    expect(page.textContent).toContain('Net.head');
    expect(page.textContent).toContain('At the peak on cpu8 MiB');
    expect(page.textContent).toContain('on line 2 forward');
    expect(page.textContent).toContain('on no line of yours backward');
    expect(page.textContent).toContain('aten::mm backward');
    const [way] = page.querySelectorAll<HTMLButtonElement>(
      'button.jp-Torchprof-link'
    );
    expect(way.textContent).toBe('on line 2');
    way.click();
    expect(goToLine).toHaveBeenCalledWith(expect.anything(), 2);
  });

  it('should save the trace where that can be done', () => {
    expect(draw(profile(0)).textContent).not.toContain('Save Trace');
    const saveTrace = jest.fn();
    const page = draw(profile(0), { saveTrace });
    const button = [...page.querySelectorAll('button')].find(
      ({ textContent }) => textContent === 'Save Trace'
    )!;
    button.click();
    expect(saveTrace).toHaveBeenCalledWith(
      expect.objectContaining({ source_hash: 'h' })
    );
  });
});
