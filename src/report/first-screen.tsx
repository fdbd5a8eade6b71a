import * as React from 'react';

import type { IAdviceGroup } from '../record/advice-order';
import { adviceGroups } from '../record/advice-order';
import { sum } from '../record/quantities';
import {
  formatBytesDelta,
  formatDuration,
  formatPercent,
  formatQuantityDelta
} from '../record/units';
import { DeviceBars } from '../views/session/devices';
import { CellName } from '../views/parts/cell-name';
import { AdviceIcon, WarningIcon } from '../views/parts/icons';
import { runLabel } from '../views/parts/run-label';
import { Prose, Text, clip } from '../views/parts/text';
import { deviceName } from '../views/parts/usage';
import { Verdicts } from '../views/advice/verification';
import type { CellRecord, Session } from '../record/_session';
import type { ITranslate } from '../views/state';
import type { ICost } from './findings';
import { keepers, sessionPeaks, slowest, verified } from './findings';

/** Advice on the first screen; the others stand at their cells. */
const LISTED = 5;

interface IProps {
  session: Session;
  anchors: ReadonlyMap<CellRecord, string>;
  trans: ITranslate;
}

/** The three questions: what to change, what cost most, what ran where. */
export function FirstScreen(props: IProps): JSX.Element {
  const { session, trans } = props;
  return (
    <>
      <p className="jp-Torchprof-lead">
        <Text value={leadWords(session, trans)} length={400} />
      </p>
      <div className="jp-Torchprof-answers">
        <ToChange {...props} />
        <CostMost {...props} />
        <section className="jp-Torchprof-answer" aria-labelledby="where-title">
          <h2 id="where-title">{trans.__('Where it ran')}</h2>
          <DeviceBars usage={sessionPeaks(session)} trans={trans} />
          <p className="jp-Torchprof-muted">
            {trans.__('Highest peak of any run.')}
          </p>
          <Problems session={session} trans={trans} />
        </section>
      </div>
    </>
  );
}

function ToChange(props: IProps): JSX.Element {
  const { session, anchors, trans } = props;
  const found = React.useMemo(() => adviceGroups(session), [session]);
  const tested = verified(session);
  return (
    <section
      className="jp-Torchprof-answer jp-mod-wide"
      aria-labelledby="change-title"
    >
      <h2 id="change-title">{trans.__('What to change')}</h2>
      {found.length === 0 && (
        <p className="jp-Torchprof-muted">
          {trans.__('Nothing: no advice is open for what was measured.')}
        </p>
      )}
      <ul className="jp-Torchprof-findings">
        {found.slice(0, LISTED).map(group => (
          <Finding
            key={group.key}
            group={group}
            href={href(anchors, group.findings[0].record)}
            trans={trans}
          />
        ))}
      </ul>
      {found.length > LISTED && (
        <p>
          <a href="#advice">
            {trans._n('%1 more', '%1 more', found.length - LISTED)}
          </a>
        </p>
      )}
      {tested.slice(0, LISTED).map(record => (
        <Verdicts key={record.run_id} record={record} trans={trans} />
      ))}
    </section>
  );
}

function Finding(props: {
  group: IAdviceGroup;
  href: string;
  trans: ITranslate;
}): JSX.Element {
  const { group, trans } = props;
  const { findings, saving } = group;
  const { record, advice } = findings[0];
  return (
    <li data-severity={advice.severity}>
      <AdviceIcon />
      <a href={props.href}>
        <span className="jp-Torchprof-muted">
          {findings.length === 1
            ? runLabel(record)
            : trans._n('%1 cell', '%1 cells', findings.length)}
        </span>{' '}
        <Prose text={advice.title} length={300} />
      </a>
      {saving && (
        <strong>{formatQuantityDelta(-saving.value, saving.unit)}</strong>
      )}
    </li>
  );
}

/** That the doctor found something wrong; what it is stands with the environment. */
function Problems(props: {
  session: Session;
  trans: ITranslate;
}): JSX.Element | null {
  const { session, trans } = props;
  const problems = (session.checks ?? []).filter(
    ({ level }) => level === 'problem'
  ).length;
  return problems === 0 ? null : (
    <p className="jp-Torchprof-problems">
      <WarningIcon />
      <a href="#environment">
        {trans._n(
          '%1 problem found in the environment',
          '%1 problems found in the environment',
          problems
        )}
      </a>
    </p>
  );
}

function CostMost(props: IProps): JSX.Element {
  const { session, anchors, trans } = props;
  const { device, costs: kept } = keepers(session);
  const seconds = sum(session.cells ?? [], record => record.duration_s);
  return (
    <section className="jp-Torchprof-answer" aria-labelledby="cost-title">
      <h2 id="cost-title">{trans.__('What cost most')}</h2>
      <CostList
        title={trans.__('Time')}
        costs={slowest(session)}
        format={value =>
          `${formatDuration(value)} · ${formatPercent(value / seconds)}`
        }
        anchors={anchors}
        trans={trans}
      />
      {kept.length > 0 && (
        <CostList
          title={trans.__(
            'Memory left behind on %1',
            clip(deviceName(device, trans), 40)
          )}
          costs={kept}
          format={formatBytesDelta}
          anchors={anchors}
          trans={trans}
        />
      )}
    </section>
  );
}

function CostList(props: {
  title: string;
  costs: readonly ICost[];
  format: (value: number) => string;
  anchors: ReadonlyMap<CellRecord, string>;
  trans: ITranslate;
}): JSX.Element {
  const { title, costs, format, anchors, trans } = props;
  const most = Math.max(...costs.map(({ value }) => value), Number.MIN_VALUE);
  return (
    <>
      <h3>{title}</h3>
      <ol className="jp-Torchprof-lines">
        {costs.map(({ record, value }) => (
          <li key={record.run_id}>
            <span className="jp-Torchprof-lineNumber">{runLabel(record)}</span>
            <a href={href(anchors, record)}>
              <CellName record={record} length={120} trans={trans} />
            </a>
            <span className="jp-Torchprof-lineShare">{format(value)}</span>
            <span
              className="jp-Torchprof-lineBar"
              style={{ width: `${((100 * value) / most).toFixed(1)}%` }}
            />
          </li>
        ))}
      </ol>
    </>
  );
}

function href(
  anchors: ReadonlyMap<CellRecord, string>,
  record: CellRecord
): string {
  return `#${anchors.get(record) ?? 'cells'}`;
}

function leadWords(session: Session, trans: ITranslate): string {
  const cells = session.cells ?? [];
  const seconds = sum(cells, record => record.duration_s);
  const failed = cells.filter(({ status }) => status === 'error').length;
  const { torch, devices } = session.environment;
  const parts = [
    trans._n(
      '%1 run in %2',
      '%1 runs in %2',
      cells.length,
      formatDuration(seconds)
    ),
    failed > 0 && trans._n('%1 failed', '%1 failed', failed),
    cells.length > 0 && new Date(1000 * cells[0].started_at).toLocaleString(),
    torch ? `PyTorch ${torch}` : trans.__('without PyTorch'),
    (devices ?? []).length > 0
      ? [...new Set((devices ?? []).map(({ name }) => name))].join(', ')
      : trans.__('no accelerator')
  ];
  return parts.filter(Boolean).join(' · ');
}
