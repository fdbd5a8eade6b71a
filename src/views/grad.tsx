import * as React from 'react';

import { gradSentences } from './grad-words';
import { Part } from './section';
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
    <Part title={props.trans.__('Autograd')}>
      {sentences.map((sentence, index) => (
        <p key={index}>
          <Prose text={sentence} />
        </p>
      ))}
    </Part>
  );
}
