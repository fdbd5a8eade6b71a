import * as React from 'react';

import { cellName } from '../../record/cell-name';
import { Code, Text } from './text';
import type { CellRecord } from '../../record/_session';

/** By what a person knows the cell of a run: a comment as prose, or a line of its code. */
export function CellName(props: { record: CellRecord }): JSX.Element {
  const { text, isCode } = cellName(props.record.source);
  return isCode ? <Code value={text} /> : <Text value={text} />;
}
