import * as React from 'react';
import { createRoot } from 'react-dom/client';

import '../../style/views.css';

import { decodeSession } from '../record/decode';
import { Broken } from '../views/parts/broken';
import { SessionView } from '../views/session/session';
import type { ITranslate } from '../views/state';

/** What was drawn, to be taken away again. */
export interface IMounted {
  unmount(): void;
}

/** Draw a document, or why it can't be drawn. */
export function mount(
  element: HTMLElement,
  data: unknown,
  trans: ITranslate
): IMounted {
  const root = createRoot(element);
  root.render(view(data, trans));
  return root;
}

function view(data: unknown, trans: ITranslate): JSX.Element {
  try {
    return <SessionView session={decodeSession(data)} trans={trans} />;
  } catch (error) {
    return <Broken reason={error} trans={trans} />;
  }
}
