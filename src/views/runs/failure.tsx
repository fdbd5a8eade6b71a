import * as React from 'react';

import { errorPlace, errorWords } from './error-place';
import { WarningIcon } from '../parts/icons';
import { linkOf } from '../places/place-link';
import type { IWhereProps } from '../places/where-time';
import { usePlaceContext } from '../places/where-time';
import { Prose, Text } from '../parts/text';
import { Way } from '../places/way';

/** How a run ended that did not end well: the error, and the way to the line that raised it. */
export function Failure(props: IWhereProps): JSX.Element | null {
  const { record, trans } = props;
  if (record.status === 'ok') {
    return null;
  }
  const { error } = record;
  return (
    <p className="jp-Torchprof-failure">
      <WarningIcon />
      <span>
        <strong>
          {record.status === 'interrupted' ? (
            trans.__('Interrupted')
          ) : (
            <Text value={error?.name ?? trans.__('Failed')} />
          )}
        </strong>
        <At {...props} />
        {error?.message && record.status === 'error' && (
          <>
            <span className="jp-Torchprof-visuallyHidden">{': '}</span>
            <span className="jp-Torchprof-failureMessage">
              <Prose text={error.message} length={1000} />
            </span>
          </>
        )}
      </span>
    </p>
  );
}

function At(props: IWhereProps): JSX.Element | null {
  const { record, actions, trans } = props;
  const context = usePlaceContext(props);
  const found = errorPlace(record);
  if (!found) {
    return null;
  }
  return (
    <>
      {' '}
      <Way
        link={linkOf(found, context, actions)}
        title={trans.__('Go to the line')}
      >
        <Prose text={errorWords(found, context)} length={400} />
      </Way>
    </>
  );
}
