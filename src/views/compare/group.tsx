import * as React from 'react';

/**
 * A part of a comparison, under its heading. Many stand in one page, so they are groups rather than
 * landmarks, and their headings come right below the page's own.
 */
export function Group(props: {
  title: string;
  summary?: React.ReactNode;
  className?: string;
  children: React.ReactNode;
}): JSX.Element {
  const id = React.useId();
  return (
    <div
      className={`jp-Torchprof-part ${props.className ?? ''}`}
      role="group"
      aria-labelledby={id}
    >
      <h3 className="jp-Torchprof-partTitle">
        <span id={id}>{props.title}</span>
        {props.summary && (
          <span className="jp-Torchprof-partSummary">{props.summary}</span>
        )}
      </h3>
      {props.children}
    </div>
  );
}
