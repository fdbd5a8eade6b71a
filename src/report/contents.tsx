import * as React from 'react';

import { CellName } from '../views/parts/cell-name';
import { AdviceIcon, WarningIcon } from '../views/parts/icons';
import { runLabel } from '../views/parts/run-label';
import type { CellRecord, Session } from '../record/_session';
import type { ITranslate } from '../views/state';
import type { IChapter } from './chapters';
import { useCurrent } from './current';

/** Width from which on the contents stand beside the report. Also in report-page.css. */
const WIDE = '(min-width: 1100px)';
/** What the contents lead to. */
const PLACES =
  '.jp-Torchprof-reportMain [id]:is(header, section, .jp-Torchprof-cell)';

/** Table of contents: beside the report where there is room, else folded above it. */
export function Contents(props: {
  session: Session;
  chapters: readonly IChapter[];
  anchors: ReadonlyMap<CellRecord, string>;
  trans: ITranslate;
}): JSX.Element {
  const { session, chapters, anchors, trans } = props;
  const wide = React.useMemo(() => matchMedia(WIDE).matches, []);
  const current = useCurrent(PLACES);
  const ref = React.useRef<HTMLElement>(null);
  React.useEffect(() => {
    const list = ref.current;
    const link = list?.querySelector<HTMLElement>('[aria-current]');
    if (list && link && list.scrollHeight > list.clientHeight) {
      // Not scrollIntoView, which would move the page as well.
      const top = link.offsetTop - list.offsetTop;
      const { scrollTop, clientHeight } = list;
      if (top < scrollTop + 40 || top > scrollTop + clientHeight - 60) {
        list.scrollTop = top - clientHeight / 2;
      }
    }
  }, [current]);
  const cells = session.cells ?? [];
  return (
    <nav
      className="jp-Torchprof-contents"
      aria-label={trans.__('Contents')}
      ref={ref}
    >
      <details open={wide}>
        <summary>{trans.__('Contents')}</summary>
        <ul>
          {chapters.map(({ id, title }) => (
            <li key={id}>
              <Link id={id} current={current}>
                {title}
              </Link>
              {id === 'cells' && (
                <ul>
                  {cells.map(record => (
                    <CellLine
                      key={record.run_id}
                      record={record}
                      id={anchors.get(record) ?? ''}
                      isCurrent={anchors.get(record) === current}
                      trans={trans}
                    />
                  ))}
                </ul>
              )}
            </li>
          ))}
        </ul>
      </details>
    </nav>
  );
}

function Link(props: {
  id: string;
  current: string | null;
  children: React.ReactNode;
}): JSX.Element {
  return (
    <a
      href={`#${props.id}`}
      aria-current={props.id === props.current ? 'location' : undefined}
    >
      {props.children}
    </a>
  );
}

/** Memoised: hundreds of them stand still while one is marked. */
const CellLine = React.memo(function CellLine(props: {
  record: CellRecord;
  id: string;
  isCurrent: boolean;
  trans: ITranslate;
}): JSX.Element {
  const { record, id, isCurrent, trans } = props;
  return (
    <li>
      <Link id={id} current={isCurrent ? id : null}>
        <span className="jp-Torchprof-lineNumber">{runLabel(record)}</span>
        <CellName record={record} length={80} trans={trans} />
        {record.status !== 'ok' ? (
          <WarningIcon />
        ) : (
          (record.advice ?? []).length > 0 && <AdviceIcon />
        )}
      </Link>
    </li>
  );
});
