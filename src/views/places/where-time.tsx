import * as React from 'react';

import { PlacesIcicle } from '../../charts/places';
import { isOneLine } from '../../record/derive';
import type { IPlaceTree } from '../../record/places';
import { phaseShares } from '../../record/phases';
import { ENOUGH_LOOKS, placeTree } from '../../record/places';
import { Fold } from '../parts/fold';
import { Phases } from './phases';
import { timeMeasure } from './place-measure';
import type { IMeasure } from './place-measure';
import { placeRows } from './place-rows';
import { PlaceTree } from './place-tree';
import type { IPlaceContext } from './place-words';
import { hottestGist, hottestWords } from './place-words';
import { Prose } from '../parts/text';
import type { CellRecord, Session } from '../../record/_session';
import type { ITranslate, IViewActions } from '../state';

const NOTHING: ReadonlySet<number> = new Set();

/** What is told of places needs to know. */
export interface IWhereProps {
  session: Session;
  record: CellRecord;
  /** `run_id`s whose cell's source was edited since. */
  stale: ReadonlySet<string>;
  actions: IViewActions;
  trans: ITranslate;
}

/** Where the time of a run went, as far as samples can tell: a sentence, a chart, the tree. */
export function WhereTime(props: IWhereProps): JSX.Element | null {
  const { record, actions, trans } = props;
  const context = usePlaceContext(props);
  const tree = placeTree(record);
  const measure = React.useMemo(
    () => timeMeasure(record, trans),
    [record, trans]
  );
  const hasNews = useIsNews(record, tree, measure);
  const hasPhases = phaseShares(record).length > 0;
  if (tree.looks < ENOUGH_LOOKS || !(hasNews || hasPhases)) {
    return null;
  }
  const sentence = hottestWords(context);
  const gist = hottestGist(context);
  return (
    <Fold
      name="lines"
      title={measure.title}
      open={true}
      summary={gist === null ? undefined : <Prose text={gist} />}
      className="jp-Torchprof-whereTime"
    >
      {sentence && (
        <p className="jp-Torchprof-hottest">
          <Prose text={sentence} />
        </p>
      )}
      <Phases record={record} trans={trans} />
      {hasNews && (
        <>
          <PlacesIcicle tree={tree} context={context} actions={actions} />
          <PlaceTree
            tree={tree}
            measure={measure}
            context={context}
            actions={actions}
          />
        </>
      )}
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

/** The run whose places are named; the same object as long as nothing changed. */
export function usePlaceContext(props: IWhereProps): IPlaceContext {
  const { session, record, stale, trans } = props;
  return React.useMemo(
    () => ({ session, record, stale, trans }),
    [session, record, stale, trans]
  );
}

/** Whether the tree says more than that the one line of the cell had it all. */
export function useIsNews(
  record: CellRecord,
  tree: IPlaceTree,
  measure: IMeasure | null
): boolean {
  const count = React.useMemo(
    () =>
      measure === null
        ? 0
        : placeRows(tree, NOTHING, false, measure).rows.length,
    [tree, measure]
  );
  return count > 1 || (count === 1 && !isOneLine(record.source));
}
