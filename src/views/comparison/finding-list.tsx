import * as React from 'react';

import { CheckIcon, WarningIcon } from '../parts/icons';
import { Prose } from '../parts/text';
import type { ITranslate } from '../state';
import type { IFinding } from './words';

/** Findings in the first line; the table has all. */
const LISTED = 4;

/** What changed beyond noise, in a line. */
export function FindingList(props: {
  findings: readonly IFinding[];
  trans: ITranslate;
}): JSX.Element {
  const { findings, trans } = props;
  return (
    <ul
      className="jp-Torchprof-compareFindings"
      aria-label={trans.__('What changed')}
    >
      {findings.slice(0, LISTED).map(({ verdict, words }, index) => (
        <li key={index} data-verdict={verdict}>
          {verdict === 'better' ? <CheckIcon /> : <WarningIcon />}
          <Prose text={words} />
        </li>
      ))}
      {findings.length === 0 && (
        <li>
          {trans.__('No difference in time or memory beyond what is noise.')}
        </li>
      )}
    </ul>
  );
}
