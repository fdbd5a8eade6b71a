import * as React from 'react';

import { latestRunOf } from '../../record/derive';
import { isolated } from '../../record/visible';
import { cellLink } from '../places/place-link';
import { runLabel } from '../parts/run-label';
import { clip } from '../parts/text';
import { Way } from '../places/way';
import type { IAdviceContext } from './context';
import type { Advice, CellRecord, Session } from '../../record/_session';
import type { ITranslate } from '../state';

/** Characters of a path. */
const PATH = 100;

/** The lines that advice is about, and, if they stand elsewhere, the way there. */
export function Where(
  props: IAdviceContext & { advice: Advice }
): JSX.Element | null {
  const { session, advice, actions, trans } = props;
  const { lines = [], code_cell_id } = advice;
  const elsewhere =
    code_cell_id && code_cell_id !== advice.cell_id ? code_cell_id : null;
  const words = lines.length > 0 ? linesWords(lines, trans) : null;
  if (advice.code_path) {
    return <InFile {...props} path={advice.code_path} words={words} />;
  }
  if (elsewhere === null) {
    return words === null ? null : <span>{words}</span>;
  }
  const cell = latestRunOf(session, elsewhere);
  return (
    <span>
      {words}{' '}
      <Way
        link={cell && cellLink(cell, actions)}
        title={trans.__('Show the cell in the notebook')}
      >
        {cellName(cell, trans)}
      </Way>
    </span>
  );
}

/** Lines of a module of the user's; a click opens it, where that is possible. */
function InFile(
  props: IAdviceContext & {
    advice: Advice;
    path: string;
    /** The lines. */
    words: string | null;
  }
): JSX.Element {
  const { record, advice, actions, path, words, trans } = props;
  const open = actions.openerOf?.(record, path) ?? null;
  const link = open && {
    href: null,
    follow: () => open(advice.lines?.[0] ?? 1)
  };
  return (
    <span>
      {words}{' '}
      <Way link={link} title={trans.__('Open the file at this line')}>
        {trans.__('in %1', isolated(clip(path, PATH)))}
      </Way>
    </span>
  );
}

/** The cell that an edit is in, as a heading: the number of its latest run. */
export function cellTitle(
  session: Session,
  cellId: string | null,
  trans: ITranslate
): string {
  const record = cellId === null ? null : latestRunOf(session, cellId);
  return record
    ? trans.__('Cell %1', runLabel(record))
    : trans.__('Another cell');
}

function cellName(record: CellRecord | null, trans: ITranslate): string {
  return record
    ? trans.__('in cell %1', runLabel(record))
    : trans.__('in another cell');
}

/** `[3, 4, 5, 9]` → `"lines 3–5, 9"`. */
export function linesWords(
  lines: readonly number[],
  trans: ITranslate
): string {
  const ranges: [number, number][] = [];
  for (const line of [...new Set(lines)].sort((a, b) => a - b)) {
    const last = ranges[ranges.length - 1];
    if (last && line === last[1] + 1) {
      last[1] = line;
    } else {
      ranges.push([line, line]);
    }
  }
  const shown = ranges
    .slice(0, 5)
    .map(([from, to]) => (from === to ? String(from) : `${from}–${to}`));
  if (ranges.length > shown.length) {
    shown.push('…');
  }
  return lines.length === 1
    ? trans.__('line %1', shown[0])
    : trans.__('lines %1', shown.join(', '));
}
