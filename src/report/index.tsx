/** Entry of the standalone report: reads the session in the page, checks it, draws it. */
import * as React from 'react';
import { createRoot } from 'react-dom/client';

import { decodeSession } from '../record/decode';
import { Broken } from '../views/broken';
import { PLAIN } from './plain';
import { ReportView } from './view';

function view(text: string): JSX.Element {
  try {
    return (
      <ReportView
        session={decodeSession(text)}
        title={document.title}
        trans={PLAIN}
      />
    );
  } catch (error) {
    return <Broken reason={error} trans={PLAIN} />;
  }
}

const root = document.getElementById('torchprof-report');
const data = document.getElementById('torchprof-session');
if (root && data) {
  createRoot(root).render(view(data.textContent ?? ''));
}
