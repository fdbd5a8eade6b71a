import * as React from 'react';

import { Prose, Text } from './text';
import type { HealthEntry } from '../record/_session';
import type { ITranslate } from './state';

/** The profiler's own failures, in one line; nothing while it is well. */
export function Health(props: {
  health: readonly HealthEntry[];
  trans: ITranslate;
}): JSX.Element | null {
  const { health, trans } = props;
  const failures = health.reduce((sum, entry) => sum + entry.failures, 0);
  return failures === 0 ? null : (
    <details className="jp-Torchprof-health">
      <summary>
        {trans._n(
          'The profiler failed once itself; your cells were not affected.',
          'The profiler failed %1 times itself; your cells were not affected.',
          failures
        )}
      </summary>
      <ul>
        {health.map(entry => (
          <li key={entry.part}>
            <strong>
              <Text value={entry.part} />
            </strong>{' '}
            ({entry.failures}): <Prose text={entry.message} length={300} />
          </li>
        ))}
      </ul>
    </details>
  );
}
