import * as React from 'react';

import { PHASES } from '../../record/phases';
import type { Phase as KnownPhase } from '../../record/phases';
import { Text } from '../parts/text';
import { phaseName } from '../places/phase-words';
import type { ITranslate } from '../state';

/** The name of a phase; one of a newer version as it is. */
export function Phase(props: { name: string; trans: ITranslate }): JSX.Element {
  const { name, trans } = props;
  return (
    <span className="jp-Torchprof-muted">
      {isPhase(name) ? (
        phaseName(name, trans)
      ) : (
        <Text value={name} length={20} />
      )}
    </span>
  );
}

function isPhase(name: string): name is KnownPhase {
  return (PHASES as readonly string[]).includes(name);
}
