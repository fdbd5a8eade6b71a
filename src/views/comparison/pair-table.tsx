import * as React from 'react';

import { CellName } from '../parts/cell-name';
import { AdviceIcon, CheckIcon, ChevronIcon } from '../parts/icons';
import { runLabel } from '../parts/run-label';
import type { ITranslate } from '../state';
import { Change } from './changes-table';
import type { IPairRow } from './pair-rows';
import { RunComparison } from './run-comparison';
import type { SourceDiff } from './source-changes';
import type { INames } from './words';

interface ITableProps {
  rows: readonly IPairRow[];
  names: INames;
  /** Devices in the order that gives them their colours. */
  devices: readonly string[];
  sideBySide?: SourceDiff;
  trans: ITranslate;
}

/** Cells of both sessions, a row each; a click shows both runs side by side below it. */
export function PairTable(props: ITableProps): JSX.Element {
  const { rows, trans } = props;
  const [open, setOpen] = React.useState<ReadonlySet<string>>(new Set());
  const toggle = (id: string) => {
    setOpen(now => {
      const others = new Set(now);
      if (!others.delete(id)) {
        others.add(id);
      }
      return others;
    });
  };
  return (
    <table className="jp-Torchprof-table jp-Torchprof-comparedCells">
      <caption className="jp-Torchprof-visuallyHidden">
        {trans.__('Cells of both sessions and what changed')}
      </caption>
      <thead>
        <tr>
          <th scope="col">{trans.__('Cell')}</th>
          <th scope="col">{trans.__('Time')}</th>
          <th scope="col">{trans.__('Kept')}</th>
          <th scope="col">{trans.__('Peak')}</th>
          <th scope="col">{trans.__('Advice')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(row => {
          const id = row.pair.after.run_id;
          return (
            <Pair
              key={id}
              {...props}
              row={row}
              isOpen={open.has(id)}
              onToggle={() => toggle(id)}
            />
          );
        })}
      </tbody>
    </table>
  );
}

function Pair(
  props: ITableProps & {
    row: IPairRow;
    isOpen: boolean;
    onToggle: () => void;
  }
): JSX.Element {
  const { row, isOpen, onToggle, trans } = props;
  const { after, comparison } = row.pair;
  const id = React.useId();
  return (
    <>
      <tr className="jp-Torchprof-comparedCell">
        <th scope="row">
          <button
            type="button"
            aria-expanded={isOpen}
            aria-controls={isOpen ? id : undefined}
            onClick={onToggle}
          >
            <ChevronIcon open={isOpen} />
            <span className="jp-Torchprof-muted">{runLabel(after)}</span>
            <CellName record={after} trans={trans} />
            {row.isEdited && (
              <span className="jp-Torchprof-edited">{trans.__('changed')}</span>
            )}
          </button>
        </th>
        <td>{row.time && <Change difference={row.time} trans={trans} />}</td>
        <td>{row.kept && <Change difference={row.kept} trans={trans} />}</td>
        <td>{row.peak && <Change difference={row.peak} trans={trans} />}</td>
        <td>
          <AdviceCounts
            gone={comparison.advice.gone.length}
            added={comparison.advice.added.length}
            trans={trans}
          />
        </td>
      </tr>
      {isOpen && (
        <tr id={id} className="jp-Torchprof-comparedDetail">
          <td colSpan={5}>
            <RunComparison {...props} comparison={comparison} />
          </td>
        </tr>
      )}
    </>
  );
}

function AdviceCounts(props: {
  gone: number;
  added: number;
  trans: ITranslate;
}): JSX.Element {
  const { gone, added, trans } = props;
  return (
    <span className="jp-Torchprof-adviceCounts">
      {gone > 0 && (
        <span data-kind="gone">
          <CheckIcon />
          {trans._n('%1 solved', '%1 solved', gone)}
        </span>
      )}
      {added > 0 && (
        <span data-kind="new">
          <AdviceIcon />
          {trans._n('%1 new', '%1 new', added)}
        </span>
      )}
    </span>
  );
}
