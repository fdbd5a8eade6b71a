/** Entry of the standalone report: reads the session in the page, checks it, draws it. */
import * as React from 'react';
import { createRoot } from 'react-dom/client';

import { decodeSession } from '../record/decode';
import { Broken } from '../views/parts/broken';
import type { Baseline } from './comparison';
import { PLAIN } from './plain';
import { ReportView } from './view';

function view(text: string, baseline: string): JSX.Element {
  try {
    return (
      <ReportView
        session={decodeSession(text)}
        baseline={baseline.trim() ? read(baseline) : null}
        title={document.title}
        trans={PLAIN}
      />
    );
  } catch (error) {
    return <Broken reason={error} trans={PLAIN} />;
  }
}

/** The report is worth reading also where it can be compared with nothing. */
function read(baseline: string): Baseline {
  try {
    return decodeSession(baseline);
  } catch (error) {
    return error as Error;
  }
}

const root = document.getElementById('torchprof-report');
const data = document.getElementById('torchprof-session');
if (root && data) {
  const baseline = document.getElementById('torchprof-baseline');
  createRoot(root).render(
    view(data.textContent ?? '', baseline?.textContent ?? '')
  );
}
