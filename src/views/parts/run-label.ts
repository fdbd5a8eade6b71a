import type { CellRecord } from '../../record/_session';

/** The run's number as the notebook shows it: `[12]`. */
export function runLabel(record: Pick<CellRecord, 'execution_count'>): string {
  return typeof record.execution_count === 'number'
    ? `[${record.execution_count}]`
    : '[ ]';
}
