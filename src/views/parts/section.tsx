import * as React from 'react';

import { useFold } from './folding';
import { ChevronIcon } from './icons';

/** A part of the panel that can be folded, with a header like those of JupyterLab's sidebars. */
export function Section(props: {
  title: string;
  /** What its folding is remembered by. Absent: the title. */
  name?: string;
  /** Beside the title, also while folded: the one fact that matters. */
  summary?: React.ReactNode;
  /** Buttons at the end of the header. */
  tools?: React.ReactNode;
  className?: string;
  children: React.ReactNode;
}): JSX.Element {
  const [open, setOpen] = useFold(props.name ?? props.title, true);
  const id = React.useId();
  return (
    <section
      className={`jp-Torchprof-section ${props.className ?? ''}`}
      aria-labelledby={`${id}-title`}
    >
      <header className="jp-Torchprof-sectionHeader">
        <button
          type="button"
          className="jp-Torchprof-sectionTitle"
          aria-expanded={open}
          aria-controls={`${id}-body`}
          onClick={() => setOpen(!open)}
        >
          <ChevronIcon open={open} />
          <span id={`${id}-title`}>{props.title}</span>
        </button>
        {props.summary && (
          <span className="jp-Torchprof-sectionSummary">{props.summary}</span>
        )}
        {props.tools && (
          <span className="jp-Torchprof-sectionTools">{props.tools}</span>
        )}
      </header>
      <div
        id={`${id}-body`}
        className="jp-Torchprof-sectionBody"
        hidden={!open}
      >
        {open && props.children}
      </div>
    </section>
  );
}

/** What a part of a page is told by. */
export interface IPart {
  title: string;
  summary?: React.ReactNode;
  className?: string;
  children: React.ReactNode;
}

/** A part of one cell's detail: a quiet heading, then what it has to say. */
export function Part(props: IPart): JSX.Element {
  return <HeadedPart {...props} tag="section" heading="h4" />;
}

/**
 * A part of a comparison, under its heading. Many stand in one page, so they are groups rather than
 * landmarks, and their headings come right below the page's own.
 */
export function Group(props: IPart): JSX.Element {
  return <HeadedPart {...props} tag="div" heading="h3" />;
}

function HeadedPart(
  props: IPart & { tag: 'section' | 'div'; heading: 'h3' | 'h4' }
): JSX.Element {
  const { tag: Tag, heading: Heading } = props;
  const id = React.useId();
  return (
    <Tag
      className={`jp-Torchprof-part ${props.className ?? ''}`}
      role={Tag === 'div' ? 'group' : undefined}
      aria-labelledby={id}
    >
      <Heading className="jp-Torchprof-partTitle">
        <span id={id}>{props.title}</span>
        {props.summary && (
          <span className="jp-Torchprof-partSummary">{props.summary}</span>
        )}
      </Heading>
      {props.children}
    </Tag>
  );
}
