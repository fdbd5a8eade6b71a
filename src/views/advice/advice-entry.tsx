import * as React from 'react';

import type { IAdviceGroup, IFinding } from '../../record/advice-order';
import { adviceKey } from '../../record/derive';
import { formatQuantityDelta } from '../../record/units';
import type { IAdviceContext } from './context';
import { AdviceCard, severityName } from './advice';
import { AdviceIcon, ChevronIcon } from '../parts/icons';
import { Printing } from '../parts/printing';
import { runLabel } from '../parts/run-label';
import { Prose } from '../parts/text';
import type { CellRecord } from '../../record/_session';
import type { ITranslate } from '../state';

/** Cells of one entry that are shown in full. */
const CARDS = 3;

/** One line of the advice centre: what, where, how much; open, the whole advice. */
export function AdviceEntry(
  props: Omit<IAdviceContext, 'record'> & {
    group: IAdviceGroup;
    /** Whether it is open at first. */
    isOpen?: boolean;
  }
): JSX.Element {
  const { group, trans } = props;
  const { findings, saving } = group;
  const [opened, setOpen] = React.useState(props.isOpen ?? false);
  const printing = React.useContext(Printing);
  // On paper each advice stands once, in full, at its cell.
  const open = opened && !printing;
  const id = React.useId();
  const { advice } = findings[0];
  const isApplied = findings.every(finding =>
    props.applied?.has(adviceKey(finding.record, finding.advice))
  );
  return (
    <li
      className="jp-Torchprof-entry"
      data-entry
      data-severity={advice.severity}
    >
      <button
        type="button"
        className="jp-Torchprof-entryLine"
        aria-expanded={open}
        aria-controls={`${id}-body`}
        onClick={() => setOpen(!open)}
      >
        <ChevronIcon open={open} />
        <AdviceIcon />
        <span className="jp-Torchprof-entryTitle" id={`${id}-title`}>
          <Prose text={advice.title} length={300} />
        </span>
        <span className="jp-Torchprof-entryMeta">
          {placeWords(findings, trans)} · {severityName(advice.severity, trans)}
          {isApplied && ` · ${trans.__('applied')}`}
        </span>
        {saving && (
          <strong className="jp-Torchprof-entrySaving">
            {formatQuantityDelta(-saving.value, saving.unit)}
          </strong>
        )}
      </button>
      <div id={`${id}-body`} className="jp-Torchprof-entryBody" hidden={!open}>
        {open && <Cards {...props} labelledBy={`${id}-title`} />}
      </div>
    </li>
  );
}

function Cards(
  props: Omit<IAdviceContext, 'record'> & {
    group: IAdviceGroup;
    labelledBy: string;
  }
): JSX.Element {
  const { group, trans } = props;
  const { findings } = group;
  const rest = findings.slice(CARDS).map(({ record }) => runLabel(record));
  return (
    <>
      {findings.slice(0, CARDS).map(({ record, advice }) => (
        <AdviceCard
          key={record.run_id}
          {...props}
          record={record}
          advice={advice}
          cell={<CellLink {...props} record={record} />}
          // Of several, each says its own numbers.
          labelledBy={findings.length === 1 ? props.labelledBy : undefined}
        />
      ))}
      {rest.length > 0 && (
        <p className="jp-Torchprof-muted">
          {trans._n(
            'Also in cell %2.',
            'Also in %1 more cells: %2.',
            rest.length,
            rest.slice(0, 20).join(', ')
          )}
        </p>
      )}
    </>
  );
}

/** The cell of a run, and the way to it. */
export function CellLink(props: {
  record: CellRecord;
  actions: IAdviceContext['actions'];
  trans: ITranslate;
}): JSX.Element {
  const { record, actions, trans } = props;
  const name = trans.__('Cell %1', runLabel(record));
  if (actions.jumpTo) {
    return (
      <button
        type="button"
        className="jp-Torchprof-link"
        title={trans.__('Show the cell in the notebook')}
        onClick={() => {
          actions.select?.(record.run_id);
          actions.jumpTo?.(record, true);
        }}
      >
        {name}
      </button>
    );
  }
  return actions.hrefOf ? (
    <a href={actions.hrefOf(record)}>{name}</a>
  ) : (
    <span>{name}</span>
  );
}

/** `"Cell [3]"`, or how many. */
export function placeWords(
  findings: readonly IFinding[],
  trans: ITranslate
): string {
  return findings.length === 1
    ? trans.__('Cell %1', runLabel(findings[0].record))
    : trans._n('%1 cell', '%1 cells', findings.length);
}
