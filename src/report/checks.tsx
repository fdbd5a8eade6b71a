import * as React from 'react';

import { AdviceIcon, CheckIcon, WarningIcon } from '../views/parts/icons';
import { Prose, Text } from '../views/parts/text';
import type { Check, Session } from '../record/_session';
import type { ITranslate } from '../views/state';

/** Checks shown at most; the doctor makes two dozen. */
const SHOWN = 100;
const RANK: readonly Check['level'][] = ['problem', 'note', 'ok'];

/** What the doctor found in PyTorch, its devices and their surroundings: problems first. */
export function Checks(props: {
  session: Session;
  trans: ITranslate;
}): JSX.Element | null {
  const { trans } = props;
  const checks = [...(props.session.checks ?? [])]
    .sort((a, b) => RANK.indexOf(a.level) - RANK.indexOf(b.level))
    .slice(0, SHOWN);
  return checks.length === 0 ? null : (
    <>
      <h3 id="checks-title">{trans.__('Checks')}</h3>
      <ul className="jp-Torchprof-checks" aria-labelledby="checks-title">
        {checks.map((check, index) => (
          <li key={index} data-level={check.level}>
            <Sign level={check.level} trans={trans} />
            <strong>
              <Text value={check.topic} length={60} />
            </strong>
            <span>
              <Prose text={check.found} length={600} />
              {check.advice && (
                <>
                  {' '}
                  <em>
                    <Prose text={check.advice} length={600} />
                  </em>
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Sign(props: {
  level: Check['level'];
  trans: ITranslate;
}): JSX.Element {
  const { level, trans } = props;
  const name = {
    problem: trans.__('Problem'),
    note: trans.__('Note'),
    ok: trans.__('In order')
  }[level];
  return (
    <span title={name}>
      {level === 'problem' ? (
        <WarningIcon />
      ) : level === 'note' ? (
        <AdviceIcon />
      ) : (
        <CheckIcon />
      )}
      <span className="jp-Torchprof-visuallyHidden">{name}</span>
    </span>
  );
}
