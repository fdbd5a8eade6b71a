import * as React from 'react';

import type { MemoryNow, MemoryShare } from '../../../../src/record/_session';
import { PLAIN } from '../../../../src/report/plain';
import { PostMortem } from '../../../../src/views/runs/out-of-memory';
import { makeSession } from '../../fixtures/records';
import { makeOutOfMemory } from '../../fixtures/sessions';
import { button, cleanUp, click, render } from '../render';

const GIB = 2 ** 30;
const CACHE: MemoryShare = {
  kind: 'tensors',
  name: 'cache',
  held_bytes: 40 * GIB,
  action: {
    kind: 'delete_names',
    title: 'Delete cache',
    description: 'The variable goes.',
    targets: ['cache']
  }
};
const MORE: MemoryShare = {
  kind: 'tensors',
  name: 'more',
  held_bytes: 30 * GIB,
  within: {
    run_id: 'run-oom',
    grown_bytes: 30 * GIB,
    tensors: 30,
    each_bytes: GIB,
    line: 2
  }
};

function draw(
  holders: MemoryShare[],
  release?: jest.Mock,
  memory_now: MemoryNow | null = null
): HTMLElement {
  const record = makeOutOfMemory();
  const outOfMemory = { ...record.out_of_memory!, holders };
  return render(
    <PostMortem
      record={record}
      outOfMemory={outOfMemory}
      session={makeSession([record], { memory_now })}
      actions={release ? { release } : {}}
      trans={PLAIN}
    />
  );
}

describe('the post-mortem', () => {
  afterEach(cleanUp);

  it('should say what grew, by how much and where, and what can go', () => {
    const release = jest.fn();
    const element = draw([CACHE, MORE], release);
    expect(element.textContent).toContain(
      'In this run more grew most, by 30 GiB.'
    );
    expect(element.textContent).toContain(
      'Grew by 30 GiB in [22] at line 2: 30 tensors of 1 GiB.'
    );
    click(button(element, 'Delete cache'));
    expect(release).toHaveBeenCalledWith(CACHE.action);
  });

  it('should tell apart what went with the error', () => {
    const gone: MemoryShare = {
      kind: 'let_go',
      name: null,
      held_bytes: 35 * GIB
    };
    const element = draw([CACHE, gone, MORE]);
    expect(element.textContent).toContain(
      '35 GiB of that went with the error: what the failing lines had. 2 GiB more were asked for.'
    );
    expect(element.textContent).toContain(
      'Of what is left more grew most in this run, by 30 GiB.'
    );
    expect(element.textContent).toContain('let go with the error35 GiB');
  });

  it('should offer nothing that is done already', () => {
    const record = makeOutOfMemory();
    const now = { devices: [], run_id: record.run_id };
    const element = draw([CACHE, MORE], jest.fn(), now);
    expect(element.querySelector('button')).toBeNull();
  });

  it('should not say that what an earlier run has filled grew in this one', () => {
    const earlier = { ...MORE.within!, run_id: 'run-1' };
    const element = draw([CACHE, { ...MORE, within: earlier }]);
    expect(element.textContent).not.toContain('In this run');
  });
});
