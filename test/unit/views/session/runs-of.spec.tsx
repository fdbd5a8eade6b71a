import * as React from 'react';

import type { Session } from '../../../../src/record/_session';
import { useRuns } from '../../../../src/views/session/runs-of';
import { makeRecord, makeSession } from '../../fixtures/records';
import { cleanUp, render, rerender } from '../render';

describe('useRuns', () => {
  afterEach(cleanUp);

  it('should keep the session while its runs and devices are the same', () => {
    const seen: (Session | null)[] = [];
    function Probe(props: { session: Session }): null {
      seen.push(useRuns(props.session));
      return null;
    }
    const session = makeSession([makeRecord()]);
    const element = render(<Probe session={session} />);
    rerender(element, <Probe session={{ ...session, health: [] }} />);
    expect(seen[seen.length - 1]).toBe(session);
    const next = { ...session, cells: [...session.cells!, makeRecord()] };
    rerender(element, <Probe session={next} />);
    expect(seen[seen.length - 1]).toBe(next);
  });
});
