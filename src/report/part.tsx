import * as React from 'react';

import type { ITranslate } from '../views/state';
import { clip } from '../views/parts/text';

/** A chapter of the report: a heading with its own address, then what it has to say. */
export function ReportPart(props: {
  /** Its address within the page. */
  id: string;
  title: string;
  className?: string;
  trans: ITranslate;
  children: React.ReactNode;
}): JSX.Element {
  const { id, title, trans } = props;
  return (
    <section
      id={id}
      className={`jp-Torchprof-reportPart ${props.className ?? ''}`}
      aria-labelledby={`${id}-title`}
    >
      <h2 className="jp-Torchprof-reportTitle">
        <span id={`${id}-title`}>{title}</span>
        <Anchor id={id} name={title} trans={trans} />
      </h2>
      {props.children}
    </section>
  );
}

/** The address of a place in the page, to be copied. */
export function Anchor(props: {
  id: string;
  /** What is there. */
  name: string;
  trans: ITranslate;
}): JSX.Element {
  const { id, name, trans } = props;
  return (
    <a
      className="jp-Torchprof-anchor"
      href={`#${id}`}
      aria-label={trans.__('Link to %1', clip(name, 100))}
    >
      #
    </a>
  );
}
