import * as React from 'react';

import type { IPairComparison } from '../../record/compare-sessions';
import { compareSessions } from '../../record/compare-sessions';
import type { ISilenced } from '../../record/derive';
import { UNKNOWN, formatDuration } from '../../record/units';
import { CellName } from '../parts/cell-name';

import { Group } from '../parts/section';
import { isolated } from '../../record/visible';
import { Text, clip } from '../parts/text';
import type { CellRecord, Session } from '../../record/_session';
import type { ITranslate } from '../state';
import { deviceOrder } from '../parts/usage';
import { ChangesTable } from './changes-table';
import { DeepChanges } from './deep-changes';
import type { PairOrder } from './pair-rows';
import { pairRows } from './pair-rows';
import { PairTable } from './pair-table';
import { PhaseChanges } from './phase-changes';
import { PlaceChanges } from './place-changes';
import { RankChanges } from './rank-changes';
import { runLabel } from '../parts/run-label';
import type { SourceDiff } from './source-changes';
import type { INames } from './words';
import { FindingList } from './finding-list';
import { findings } from './words';

/** Cells listed before somebody asks for all. */
const LISTED = 100;

/** Two sessions: what they add up to, their cells in pairs, and the cells that only one has. */
export function SessionComparison(props: {
  before: Session;
  after: Session;
  names: INames;
  /** Advice that is not to be heard. Absent: none. */
  silenced?: ISilenced;
  sideBySide?: SourceDiff;
  trans: ITranslate;
}): JSX.Element {
  const { before, after, names, silenced, trans } = props;
  const comparison = React.useMemo(
    () => compareSessions(before, after, silenced),
    [before, after, silenced]
  );
  const { pairs, added, removed, totals, places, phases } = comparison;
  return (
    <div className="jp-Torchprof-comparison jp-mod-full">
      <Machines {...props} />
      <Group title={trans.__('In total')}>
        <FindingList
          findings={findings({ differences: totals, places }, trans)}
          trans={trans}
        />
        <ChangesTable
          label={trans.__('Totals of both sessions')}
          differences={totals}
          names={names}
          trans={trans}
        />
        <p className="jp-Torchprof-muted">
          {trans.__(
            'Time is the sum over the cells in both, medians where a cell ran several times; peaks are the highest of all runs. Times also differ by chance.'
          )}
        </p>
      </Group>
      <PhaseChanges phases={phases} names={names} trans={trans} />
      <PlaceChanges places={places} names={names} trans={trans} />
      <RankChanges
        cells={pairs.map(({ after, ranks }) => ({
          name: runLabel(after),
          changes: ranks
        }))}
        trans={trans}
      />
      <DeepChanges
        comparisons={pairs.map(({ deep }) => deep)}
        names={names}
        trans={trans}
      />
      {pairs.length > 0 && <Pairs {...props} pairs={pairs} />}
      <Lone
        title={trans.__('Only in %1', isolated(clip(names.after, 80)))}
        runs={added}
        trans={trans}
      />
      <Lone
        title={trans.__('Only in %1', isolated(clip(names.before, 80)))}
        runs={removed}
        trans={trans}
      />
    </div>
  );
}

type Props = React.ComponentProps<typeof SessionComparison>;

function Pairs(
  props: Props & { pairs: readonly IPairComparison[] }
): JSX.Element {
  const { pairs, after, names, sideBySide, trans } = props;
  const [order, setOrder] = React.useState<PairOrder>('notebook');
  const [all, setAll] = React.useState(false);
  const devices = React.useMemo(() => deviceOrder(after), [after]);
  const count = all ? pairs.length : LISTED;
  const rows = React.useMemo(
    () => pairRows(pairs, order, count),
    [pairs, order, count]
  );
  const rest = pairs.length - rows.length;
  return (
    <Group
      title={trans.__('Cells')}
      summary={<Order order={order} onOrder={setOrder} trans={trans} />}
    >
      <PairTable
        rows={rows}
        names={names}
        devices={devices}
        sideBySide={sideBySide}
        trans={trans}
      />
      {rest > 0 && (
        <button
          type="button"
          className="jp-Torchprof-button"
          onClick={() => setAll(true)}
        >
          {trans._n('Show %1 more cell', 'Show %1 more cells', rest)}
        </button>
      )}
    </Group>
  );
}

function Order(props: {
  order: PairOrder;
  onOrder: (order: PairOrder) => void;
  trans: ITranslate;
}): JSX.Element {
  const { order, onOrder, trans } = props;
  return (
    <select
      className="jp-Torchprof-select"
      aria-label={trans.__('Order of the cells')}
      value={order}
      onChange={event => onOrder(event.target.value as PairOrder)}
    >
      <option value="notebook">{trans.__('As in the notebook')}</option>
      <option value="time">{trans.__('Largest difference in time')}</option>
      <option value="memory">{trans.__('Largest difference in memory')}</option>
    </select>
  );
}

/** Cells that only one of the sessions has. */
function Lone(props: {
  title: string;
  runs: readonly CellRecord[];
  trans: ITranslate;
}): JSX.Element | null {
  const { title, runs, trans } = props;
  return runs.length === 0 ? null : (
    <Group title={title} summary={runs.length}>
      <ul className="jp-Torchprof-lone">
        {runs.slice(0, LISTED).map(run => (
          <li key={run.run_id}>
            <span className="jp-Torchprof-muted">{runLabel(run)}</span>
            <CellName record={run} trans={trans} />
            <span>{formatDuration(run.duration_s)}</span>
          </li>
        ))}
      </ul>
      {runs.length > LISTED && (
        <p className="jp-Torchprof-muted">
          {trans._n('and %1 more', 'and %1 more', runs.length - LISTED)}
        </p>
      )}
    </Group>
  );
}

/** Times of different machines say nothing about the program. */
function Machines(props: Props): JSX.Element | null {
  const { before, after, trans } = props;
  const facts = ({ environment }: Session): [string, string][] => [
    ['PyTorch', environment.torch ?? UNKNOWN],
    [trans.__('Platform'), environment.platform],
    [trans.__('Cores'), String(environment.cpu_count ?? UNKNOWN)],
    [
      trans.__('Devices'),
      (environment.devices ?? []).map(({ name }) => name).join(', ') || UNKNOWN
    ]
  ];
  const now = facts(after);
  const changed = facts(before).flatMap(([fact, value], index) =>
    value === now[index][1] ? [] : [`${fact}: ${value} → ${now[index][1]}`]
  );
  return changed.length === 0 ? null : (
    <div className="jp-Torchprof-notice" data-tone="warning" role="note">
      <strong className="jp-Torchprof-noticeTitle">
        {trans.__('The sessions ran in different places')}
      </strong>
      {changed.map(fact => (
        <p key={fact}>
          <Text value={fact} />
        </p>
      ))}
    </div>
  );
}
