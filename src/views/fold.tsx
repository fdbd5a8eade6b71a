import * as React from 'react';

/** A part of one cell's detail that is folded until somebody wants it. */
export function Fold(props: {
  title: string;
  summary?: React.ReactNode;
  children: React.ReactNode;
}): JSX.Element {
  return (
    <details className="jp-Torchprof-part jp-Torchprof-foldedPart">
      <summary className="jp-Torchprof-partTitle">
        <span>{props.title}</span>
        {props.summary && (
          <span className="jp-Torchprof-partSummary">{props.summary}</span>
        )}
      </summary>
      {props.children}
    </details>
  );
}
