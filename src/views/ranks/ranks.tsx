import * as React from 'react';

import { areRanks, lateRank, ranksOf, worstRanks } from '../../record/ranks';
import { Fold } from '../parts/fold';
import { RankLanes } from './rank-lanes';
import { RankTable } from './rank-table';
import { Text } from '../parts/text';
import {
  countWords,
  endWords,
  lateSentence,
  lateWords,
  nameWords,
  replicaWords
} from './ranks-words';
import type { CellRecord, RankRun } from '../../record/_session';
import type { ITranslate } from '../state';

/** Up to so many are listed one by one. */
const LISTED = 16;
/** Of more, those that are looked at first. */
const WORST = 4;

/**
 * The processes that a run has started together: a row for each, the one for which the others wait,
 * and everything about the one that is chosen.
 */
export function Ranks(props: {
  record: CellRecord;
  /** Devices in the order that gives them their colours. */
  devices: readonly string[];
  /** Draws all that is known of a run. */
  detail: (record: CellRecord) => JSX.Element;
  trans: ITranslate;
}): JSX.Element | null {
  const { record, detail, trans } = props;
  const ranks = ranksOf(record);
  const [chosen, setChosen] = React.useState<string | null>(null);
  const [isWhole, setWhole] = React.useState(false);
  const open = ranks.find(run => run.record.run_id === chosen);
  // The text is the run's: that of a process does not repeat it.
  const opened = React.useMemo(
    () => open && { ...open.record, source: record.source },
    [open, record.source]
  );
  if (ranks.length === 0) {
    return null;
  }
  const listed =
    isWhole || ranks.length <= LISTED ? ranks : worstRanks(ranks, WORST);
  const ended = endWords(ranks, trans);
  return (
    <Fold
      name="ranks"
      title={areRanks(ranks) ? trans.__('Ranks') : trans.__('Processes')}
      open={true}
      summary={ended || lateWords(ranks, trans) || countWords(ranks, trans)}
      className="jp-Torchprof-ranks"
    >
      {lateRank(ranks) && <p>{capital(lateSentence(ranks, trans))}</p>}
      <RankTable
        ranks={listed}
        chosen={open ?? null}
        onChoose={run => setChosen(run?.record.run_id ?? null)}
        trans={trans}
      />
      {listed.length < ranks.length && (
        <button
          type="button"
          className="jp-Torchprof-button"
          onClick={() => setWhole(true)}
        >
          {trans.__('Show all %1', ranks.length)}
        </button>
      )}
      <RankLanes ranks={listed} devices={props.devices} trans={trans} />
      {open && opened && (
        <section
          className="jp-Torchprof-rank"
          aria-label={nameWords(open, trans)}
        >
          <h5 className="jp-Torchprof-rankTitle">
            {capital(nameWords(open, trans))}
            <span className="jp-Torchprof-muted">
              <Text value={startWords(open, trans)} length={100} />
            </span>
          </h5>
          {(open.replicas ?? [])
            .map(replica => replicaWords(replica, trans))
            .filter(words => words !== '')
            .map((words, index) => (
              <p key={index}>
                <Text value={words} length={300} />
              </p>
            ))}
          {detail(opened)}
        </section>
      )}
    </Fold>
  );
}

/** `"pid 4711 by fork, gloo"`. */
function startWords(run: RankRun, trans: ITranslate): string {
  const words = trans.__('process %1 by %2', run.pid, run.start_method);
  return run.backend === null ? words : trans.__('%1, %2', words, run.backend);
}

function capital(words: string): string {
  return words.charAt(0).toLocaleUpperCase() + words.slice(1);
}
