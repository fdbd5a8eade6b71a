import * as React from 'react';

import { RunOverlay } from '../../charts/overlay';
import type { IRunComparison } from '../../record/compare';
import type { IDifference } from '../../record/differences';
import { QUIET_SECONDS, quietBytes } from '../../record/noise';
import { entryOf } from '../../record/quantities';
import { WarningIcon } from '../parts/icons';
import { Group } from '../parts/section';
import { Text } from '../parts/text';
import type { CellRecord } from '../../record/_session';
import type { ITranslate } from '../state';
import { AdviceChanges } from './advice-changes';
import { ChangesTable } from './changes-table';
import { DeepChanges } from './deep-changes';
import { FindingList } from './finding-list';
import { PhaseChanges } from './phase-changes';
import { PlaceChanges } from './place-changes';
import { RankChanges } from './rank-changes';
import type { SourceDiff } from './source-changes';
import { SourceChanges } from './source-changes';
import type { INames } from './words';
import { findings, timingWords } from './words';

interface IProps {
  comparison: IRunComparison;
  /** What the two runs are called. */
  names: INames;
  trans: ITranslate;
}

/** Two runs at a glance: what changed beyond noise, the numbers, the advice. */
export function BriefComparison(props: IProps): JSX.Element {
  const { comparison } = props;
  const { before, after } = comparison;
  const differences = comparison.differences.filter(difference =>
    isTelling(difference, [before.record, after.record])
  );
  return (
    <div className="jp-Torchprof-comparison">
      <Findings {...props} />
      {differences.length > 0 && (
        <Numbers {...props} comparison={{ ...comparison, differences }} />
      )}
      <PhaseChanges {...props} phases={comparison.phases} />
      <PlaceChanges {...props} places={comparison.places} />
      <RankChanges
        cells={[{ changes: comparison.ranks }]}
        trans={props.trans}
      />
      <DeepChanges {...props} comparisons={[comparison.deep]} />
      <AdviceChanges {...props} />
    </div>
  );
}

/** Two runs side by side: numbers, memory over time, advice and source. */
export function RunComparison(
  props: IProps & {
    /** Devices in the order that gives them their colours. */
    devices: readonly string[];
    /** Side by side, where the surface can; else line under line. */
    sideBySide?: SourceDiff;
  }
): JSX.Element {
  const { comparison, names, devices, trans } = props;
  const [before, after] = [comparison.before.record, comparison.after.record];
  return (
    <div className="jp-Torchprof-comparison jp-mod-full">
      <Findings {...props} />
      <div className="jp-Torchprof-comparisonColumns">
        <div>
          <Numbers {...props} />
          <PhaseChanges {...props} phases={comparison.phases} />
          <PlaceChanges {...props} places={comparison.places} />
          <RankChanges cells={[{ changes: comparison.ranks }]} trans={trans} />
          <DeepChanges {...props} comparisons={[comparison.deep]} />
        </div>
        <div>
          <RunOverlay
            before={before}
            after={after}
            names={names}
            devices={devices}
            trans={trans}
          />
          <AdviceChanges {...props} />
        </div>
      </div>
      <SourceChanges
        before={before}
        after={after}
        sideBySide={props.sideBySide}
        trans={trans}
      />
    </div>
  );
}

function Findings(props: IProps): JSX.Element {
  const { comparison, names, trans } = props;
  const [before, after] = [comparison.before.record, comparison.after.record];
  return (
    <>
      <Ended record={before} name={names.before} trans={trans} />
      <Ended record={after} name={names.after} trans={trans} />
      <FindingList findings={findings(comparison, trans)} trans={trans} />
    </>
  );
}

/** A run that did not end as it should cannot be compared fairly. */
function Ended(props: {
  record: CellRecord;
  name: string;
  trans: ITranslate;
}): JSX.Element | null {
  const { record, name, trans } = props;
  if (record.status === 'ok') {
    return null;
  }
  return (
    <p className="jp-Torchprof-failure">
      <WarningIcon />
      <Text
        value={
          record.status === 'interrupted'
            ? trans.__('%1 was interrupted: its numbers are of a part.', name)
            : trans.__(
                '%1 failed (%2): its numbers are of a part.',
                name,
                record.error?.name ?? trans.__('error')
              )
        }
      />
    </p>
  );
}

function Numbers(props: IProps): JSX.Element {
  const { comparison, names, trans } = props;
  return (
    <Group title={trans.__('Numbers')}>
      <ChangesTable
        label={trans.__('Numbers of both runs')}
        differences={comparison.differences}
        names={names}
        trans={trans}
      />
      {notes(comparison, trans).map((note, index) => (
        <p key={index} className="jp-Torchprof-muted">
          {note}
        </p>
      ))}
    </Group>
  );
}

/** What is better or worse, and what changed by more than a little: the rest is side by side. */
function isTelling(
  { device, unit, verdict, before, after }: IDifference,
  runs: readonly CellRecord[]
): boolean {
  if (verdict === 'better' || verdict === 'worse') {
    return true;
  }
  if (before === null || after === null || unit === 'count') {
    return before !== after;
  }
  const change = Math.abs(after - before);
  if (unit === 's') {
    return change >= QUIET_SECONDS;
  }
  const entries = runs.map(run => device && entryOf(run, device));
  const quiet = entries.map(entry => quietBytes(entry || {}));
  return change >= Math.max(...quiet);
}

/** How exact the numbers are. */
function notes(comparison: IRunComparison, trans: ITranslate): string[] {
  const { before, after, differences } = comparison;
  const found = [timingWords(before, after, trans)];
  if (differences.some(row => row.metric === 'start')) {
    found.push(
      trans.__(
        'The runs began with different memory, such as what the cell had left before. What is kept and peaks count as better or worse only where both the level and what the run did to it changed so.'
      )
    );
  }
  if (differences.some(row => row.beforeSampled || row.afterSampled)) {
    found.push(
      trans.__('≥ is from samples: at least this much. Other peaks are exact.')
    );
  }
  return found;
}
