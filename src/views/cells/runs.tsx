import * as React from 'react';

import type { ISilenced } from '../../record/derive';
import { NOTHING_SILENCED } from '../../record/derive';
import { targetOfKey, useTypeahead } from '../parts/list-keys';
import type { IRow } from './rows';
import { RunRow } from './run-row';
import { scrollToRow, useRowsInView } from '../parts/virtual';
import type { CellRecord } from '../../record/_session';
import type { Gone, ITranslate } from '../state';

/** Pixels; style/runs.css has the same. */
const ROW = 42;

/**
 * The profiled cells as a listbox: arrows, Home, End and the Page keys move the focus, letters find
 * a line of code and digits a run, Enter and Space choose. Only the rows in view are in the page,
 * and the one that has the focus wherever it is.
 */
export function RunList(props: {
  rows: readonly IRow[];
  /** Index of the row whose detail is open; -1 for none. */
  selected: number;
  stale: ReadonlySet<string>;
  /** Of these runs those whose cell is gone. Absent: none. */
  gone?: ReadonlyMap<string, Gone>;
  /** Advice that is not counted. Absent: none. */
  silenced?: ISilenced;
  /** Id of the cell that is running. Absent: none. */
  running?: string | null;
  onSelect: (record: CellRecord) => void;
  trans: ITranslate;
}): JSX.Element {
  const { rows, selected, stale, onSelect, trans } = props;
  const list = React.useRef<HTMLUListElement>(null);
  const [focused, setFocused] = React.useState<string | null>(null);
  /** The keyboard moved the focus to a row that may not be in the page yet. */
  const moving = React.useRef(false);
  const typeahead = useTypeahead();
  const view = useRowsInView(list, rows.length, ROW);
  // Exactly one row can be reached with Tab: where the focus was, else the selected, else the first.
  const at = rows.findIndex(({ key }) => key === focused);
  const tabStop = at >= 0 ? at : Math.max(0, selected);
  const longest = React.useMemo(
    () => rows.reduce((most, row) => Math.max(most, row.record.duration_s), 0),
    [rows]
  );

  React.useLayoutEffect(() => {
    if (moving.current && list.current) {
      moving.current = false;
      scrollToRow(list.current, tabStop, ROW);
      list.current
        .querySelector<HTMLElement>(`[aria-posinset="${tabStop + 1}"]`)
        ?.focus({ preventScroll: true });
    }
  });
  React.useLayoutEffect(() => {
    if (selected >= 0 && list.current) {
      scrollToRow(list.current, selected, ROW);
    }
  }, [selected]);

  const onKeyDown = (event: React.KeyboardEvent) => {
    const page = Math.max(
      1,
      Math.floor((list.current?.clientHeight ?? 0) / ROW) - 1
    );
    const target =
      targetOfKey(event.key, tabStop, rows.length, page) ??
      typeahead(event, tabStop, rows.length, (index, text) =>
        begins(rows[index], text)
      );
    if (target !== null && rows[target]) {
      event.preventDefault();
      moving.current = true;
      // A new object each time: also a key that leads nowhere brings the row into view.
      setFocused(rows[target].key);
      if (target === tabStop && list.current) {
        scrollToRow(list.current, target, ROW);
      }
    } else if ((event.key === 'Enter' || event.key === ' ') && rows[tabStop]) {
      event.preventDefault();
      onSelect(rows[tabStop].record);
    }
  };

  const shown = rows.slice(view.first, view.last).map((_, i) => view.first + i);
  if (rows[tabStop] && !shown.includes(tabStop)) {
    shown.push(tabStop);
  }
  return (
    <ul
      ref={list}
      className="jp-Torchprof-runs"
      // The notebook's own keys would move its cells when the list stands in an output.
      data-lm-suppress-shortcuts="true"
      role="listbox"
      aria-label={trans.__('Profiled cells')}
      onKeyDown={onKeyDown}
    >
      {shown.map(index => (
        <RunRow
          key={rows[index].key}
          row={rows[index]}
          index={index}
          count={rows.length}
          top={ROW * index}
          share={longest > 0 ? rows[index].record.duration_s / longest : 0}
          isSelected={index === selected}
          isTabStop={index === tabStop}
          isRunning={
            typeof props.running === 'string' &&
            rows[index].record.cell_id === props.running
          }
          stale={stale.has(rows[index].record.run_id)}
          gone={props.gone?.get(rows[index].record.run_id)}
          silenced={props.silenced ?? NOTHING_SILENCED}
          onFocus={setFocused}
          onSelect={onSelect}
          trans={trans}
        />
      ))}
      <li role="presentation" style={{ height: ROW * rows.length }} />
    </ul>
  );
}

function begins({ record, name }: IRow, text: string): boolean {
  return (
    name.text.toLowerCase().startsWith(text) ||
    `${record.execution_count ?? ''}`.startsWith(text.replace(/^\[/, ''))
  );
}
