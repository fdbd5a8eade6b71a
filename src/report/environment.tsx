import * as React from 'react';

import { formatBytes, formatDuration, UNKNOWN } from '../record/units';
import { Text } from '../views/parts/text';
import type { Session } from '../record/_session';
import type { ITranslate } from '../views/state';

/** The program and the machine that the session ran in, and what profiling cost. */
export function EnvironmentTable(props: {
  session: Session;
  trans: ITranslate;
}): JSX.Element {
  const { session, trans } = props;
  const { environment } = session;
  const overhead = (session.cells ?? []).reduce(
    (sum, run) => sum + (run.overhead_s ?? 0),
    0
  );
  const facts: [string, string][] = [
    [trans.__('Notebook'), session.notebook ?? UNKNOWN],
    ['PyTorch', environment.torch ?? trans.__('not imported')],
    ['Python', environment.python],
    ['IPython', environment.ipython ?? UNKNOWN],
    [trans.__('Platform'), environment.platform],
    [trans.__('Cores'), String(environment.cpu_count ?? UNKNOWN)],
    [trans.__('Host memory'), formatBytes(environment.host_total_bytes)],
    ...(environment.devices ?? []).map(
      ({ device, name, total_bytes }): [string, string] => [
        device,
        `${name}, ${formatBytes(total_bytes)}`
      ]
    ),
    ['jupyterlab-torchprof', environment.extension],
    [trans.__('Time spent profiling'), formatDuration(overhead)]
  ];
  return (
    <dl className="jp-Torchprof-environment">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>
            <Text value={name} />
          </dt>
          <dd>
            <Text value={value} length={300} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
