import * as React from 'react';

import type { IPlaceLink } from './place-link';

/** Words that lead to a place; plain where there is no way. */
export function Way(props: {
  link: IPlaceLink | null;
  /** What a click does, where a notebook is at hand. */
  title: string;
  children: React.ReactNode;
}): JSX.Element {
  const { link, title, children } = props;
  if (link === null) {
    return <>{children}</>;
  }
  return link.href === null ? (
    <button
      type="button"
      className="jp-Torchprof-link"
      title={title}
      onClick={() => link.follow()}
    >
      {children}
    </button>
  ) : (
    <a href={link.href}>{children}</a>
  );
}
