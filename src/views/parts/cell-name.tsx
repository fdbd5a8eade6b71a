import * as React from 'react';

import { cellName } from '../../record/cell-name';
import type { CellRecord } from '../../record/_session';
import type { ITranslate } from '../state';
import { Code, Text } from './text';

/** By what a person knows the cell of a run: a comment as prose, or a line of its code. */
export function CellName(props: {
  record: Pick<CellRecord, 'source'>;
  /** Characters. Absent: those of a line. */
  length?: number;
  trans: ITranslate;
}): JSX.Element {
  const { record, length, trans } = props;
  const { text, isCode } = cellName(record.source);
  if (text === '') {
    return <>{trans.__('(no source)')}</>;
  }
  const Name = isCode ? Code : Text;
  return <Name value={text} length={length} />;
}
