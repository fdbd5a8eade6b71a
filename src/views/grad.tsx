import * as React from 'react';

import { Fold } from './fold';
import { gradSentences, gradSummary } from './grad-words';
import { Prose } from './text';
import type { GradState } from '../record/_session';
import type { ITranslate } from './state';

/** Autograd in words; nothing for a cell in which it played no part. */
export function Autograd(props: {
  grad: GradState;
  trans: ITranslate;
}): JSX.Element | null {
  const sentences = gradSentences(props.grad, props.trans);
  return sentences.length === 0 ? null : (
    <Fold
      name="autograd"
      title={props.trans.__('Autograd')}
      open={true}
      summary={gradSummary(props.grad, props.trans)}
    >
      {sentences.map((sentence, index) => (
        <p key={index}>
          <Prose text={sentence} />
        </p>
      ))}
    </Fold>
  );
}
