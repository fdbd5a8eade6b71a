import * as React from 'react';

import type { IFollowed } from '../../record/followed';
import { formatBytesDelta } from '../../record/units';
import { CellLink } from './advice-entry';
import { CheckIcon, ChevronIcon, WarningIcon } from '../parts/icons';
import { Verdicts } from './verification';
import { timeWords } from './verification-words';
import type { ITranslate, IViewActions } from '../state';

/** Runs listed at most. */
const LISTED = 50;
/** Differences in time below this share are noise. */
const SAME_TIME = 0.05;

/** What was applied and measured: one line, and on demand each verdict. */
export function Followed(props: {
  followed: IFollowed;
  actions: IViewActions;
  trans: ITranslate;
}): JSX.Element {
  const { followed, actions, trans } = props;
  const [open, setOpen] = React.useState(false);
  const id = React.useId();
  return (
    <div className="jp-Torchprof-centreNote" data-entry>
      <button
        type="button"
        className="jp-Torchprof-noteLine"
        data-tone={followed.worse > 0 ? 'worse' : 'better'}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        <ChevronIcon open={open} />
        {followed.worse > 0 ? <WarningIcon /> : <CheckIcon />}
        <span>{followedWords(followed, trans)}</span>
      </button>
      <ul id={id} hidden={!open}>
        {open &&
          followed.runs.slice(-LISTED).map(record => (
            <li key={record.run_id}>
              <CellLink record={record} actions={actions} trans={trans} />
              <Verdicts record={record} trans={trans} />
            </li>
          ))}
      </ul>
    </div>
  );
}

/** `"3 applied: −1.2 GiB, 1.4× faster"`, with what was measured. */
export function followedWords(
  { fixes, worse, kept_bytes, peak_bytes, speedup }: IFollowed,
  trans: ITranslate
): string {
  const parts: string[] = [];
  if (kept_bytes !== null) {
    parts.push(formatBytesDelta(kept_bytes));
  }
  if (peak_bytes !== null) {
    parts.push(trans.__('peak %1', formatBytesDelta(peak_bytes)));
  }
  if (speedup !== null && Math.abs(speedup - 1) >= SAME_TIME) {
    parts.push(timeWords(1, speedup, trans));
  }
  if (worse > 0) {
    parts.push(trans._n('%1 did not help', '%1 did not help', worse));
  }
  return parts.length > 0
    ? trans._n(
        '%1 applied: %2',
        '%1 applied: %2',
        fixes,
        parts.join(trans.__(', '))
      )
    : trans._n('%1 applied', '%1 applied', fixes);
}
