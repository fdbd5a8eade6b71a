import * as React from 'react';

import { isOneLine } from '../record/derive';
import { ENOUGH_LOOKS, placeTree } from '../record/places';
import { Fold } from './fold';
import { placeRows } from './place-rows';
import { PlaceTree } from './place-tree';
import type { IPlaceContext } from './place-words';
import { hottestGist, hottestWords } from './place-words';
import { Prose } from './text';
import type { CellRecord, Session } from '../record/_session';
import type { ITranslate, IViewActions } from './state';

const NOTHING: ReadonlySet<number> = new Set();

/** Where the time of a run went, as far as samples can tell: a sentence, then the tree. */
export function WhereTime(props: {
  session: Session;
  record: CellRecord;
  /** `run_id`s whose cell's source was edited since. */
  stale: ReadonlySet<string>;
  actions: IViewActions;
  trans: ITranslate;
}): JSX.Element | null {
  const { session, record, stale, actions, trans } = props;
  const context = React.useMemo(
    (): IPlaceContext => ({ session, record, stale, trans }),
    [session, record, stale, trans]
  );
  const tree = placeTree(record);
  const count = React.useMemo(
    () => placeRows(tree, NOTHING, false).rows.length,
    [tree]
  );
  const isNews = count > 1 || (count === 1 && !isOneLine(record.source));
  if (tree.looks < ENOUGH_LOOKS || !isNews) {
    return null;
  }
  const sentence = hottestWords(context);
  const gist = hottestGist(context);
  return (
    <Fold
      name="lines"
      title={trans.__('Where the time went')}
      open={true}
      summary={gist === null ? undefined : <Prose text={gist} />}
    >
      {sentence && (
        <p className="jp-Torchprof-hottest">
          <Prose text={sentence} />
        </p>
      )}
      <PlaceTree tree={tree} context={context} actions={actions} />
      <p className="jp-Torchprof-muted">
        {trans._n(
          'From %1 sample: shares of the time, with all that was called.',
          'From %1 samples: shares of the time, with all that was called.',
          tree.looks
        )}{' '}
        {record.places_complete === false &&
          trans.__(
            'There were more places than are kept; the others count for what called them.'
          )}
      </p>
    </Fold>
  );
}
