import * as React from 'react';

import { Fold } from '../parts/fold';
import { gradSentences, gradSummary } from './grad-words';
import { Prose } from '../parts/text';
import type { CellRecord } from '../../record/_session';
import type { ITranslate } from '../state';

/** Autograd in words; nothing for a cell in which it played no part. */
export function Autograd(props: {
  record: CellRecord;
  trans: ITranslate;
}): JSX.Element | null {
  const { record, trans } = props;
  const sentences = gradSentences(record, trans);
  return sentences.length === 0 ? null : (
    <Fold
      name="autograd"
      title={trans.__('Autograd')}
      open={true}
      summary={gradSummary(record.grad ?? {}, trans)}
    >
      {sentences.map((sentence, index) => (
        <p key={index}>
          <Prose text={sentence} />
        </p>
      ))}
    </Fold>
  );
}
