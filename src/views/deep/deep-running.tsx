import * as React from 'react';

import type { IRunning, ITranslate, IViewActions } from '../state';
import { progressWords } from './progress-words';

/** What is recorded in depth of the cell that runs, and how to end that; nothing otherwise. */
export function DeepRunning(props: {
  running: IRunning | null;
  actions: IViewActions;
  trans: ITranslate;
}): JSX.Element | null {
  const { running, actions, trans } = props;
  const runId = running?.cell.run_id;
  const [stopped, setStopped] = React.useState<string | null>(null);
  const samples = running?.samples ?? [];
  const progress = samples[samples.length - 1]?.deep;
  if (!progress) {
    return null;
  }
  const isOver = progress.state === 'done';
  const isStopping = !isOver && stopped === runId;
  return (
    <div className="jp-Torchprof-deepRunning">
      <span role="status">
        {isStopping
          ? trans.__('in depth: ends at the next line that allows it')
          : progressWords(progress, trans)}
      </span>
      {actions.stopDeep && !isOver && (
        <button
          type="button"
          className="jp-Torchprof-button"
          title={trans.__('The cell goes on; what was recorded is shown.')}
          aria-disabled={isStopping}
          onClick={() => {
            if (!isStopping) {
              setStopped(runId ?? null);
              actions.stopDeep?.();
            }
          }}
        >
          {trans.__('Stop measuring')}
        </button>
      )}
    </div>
  );
}
