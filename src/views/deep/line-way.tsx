import * as React from 'react';

import { Prose } from '../parts/text';
import { linkOf } from '../places/place-link';
import type { IPlaced } from '../places/place-words';
import { atWords } from '../places/place-words';
import { Way } from '../places/way';
import type { ITables } from './tables';

/** Where something stands, in words that lead there. */
export function LineWay(
  props: Pick<ITables, 'context' | 'actions' | 'trans'> & { node: IPlaced }
): JSX.Element {
  const { node, context, actions, trans } = props;
  return (
    <Way
      link={linkOf(node, context, actions)}
      title={trans.__('Go to the line')}
    >
      <Prose text={atWords(node, context)} />
    </Way>
  );
}
