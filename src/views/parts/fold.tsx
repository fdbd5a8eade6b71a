import * as React from 'react';

import { useFold } from './folding';

/** Characters of a number with its unit, of which none may be cut. */
const NUMBER = 14;

/**
 * A part of one cell's detail that can be folded; the heading has the one fact that matters. It
 * stays as the user left it, whichever run is shown.
 */
export function Fold(props: {
  /** What the part is remembered by. */
  name: string;
  title: string;
  summary?: React.ReactNode;
  /** Whether it is open until the user decides. */
  open?: boolean;
  className?: string;
  children: React.ReactNode;
}): JSX.Element {
  const [open, setOpen] = useFold(props.name, props.open ?? false);
  const id = React.useId();
  return (
    <section
      className={`jp-Torchprof-part ${props.className ?? ''}`}
      aria-labelledby={id}
    >
      <details
        className="jp-Torchprof-foldedPart"
        open={open}
        onToggle={event => setOpen(event.currentTarget.open)}
      >
        <summary>
          <h4 className="jp-Torchprof-partTitle">
            <span id={id}>{props.title}</span>
            {props.summary !== undefined && (
              <span
                className={`jp-Torchprof-partSummary ${isShort(props.summary) ? 'jp-mod-whole' : ''}`}
              >
                {props.summary}
              </span>
            )}
          </h4>
        </summary>
        <div className="jp-Torchprof-partBody">{props.children}</div>
      </details>
    </section>
  );
}

/** Whether it stands whole, at the cost of the title: a number that is cut is another one. */
function isShort(summary: React.ReactNode): boolean {
  return (
    typeof summary === 'number' ||
    (typeof summary === 'string' && summary.length <= NUMBER)
  );
}
