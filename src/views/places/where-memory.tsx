import * as React from 'react';

import { placeTree } from '../../record/places';
import { Fold } from '../parts/fold';
import { growthMeasure } from './place-measure';
import { PlaceTree } from './place-tree';
import { grownGist, grownWords } from './place-words';
import { Prose } from '../parts/text';
import type { IWhereProps } from './where-time';
import { useIsNews, usePlaceContext } from './where-time';

/** Where the memory of a run grew, as far as samples can tell: a sentence, then the tree. */
export function WhereMemory(props: IWhereProps): JSX.Element | null {
  const { record, actions, trans } = props;
  const context = usePlaceContext(props);
  const tree = placeTree(record);
  const measure = React.useMemo(
    () => growthMeasure(record, trans),
    [record, trans]
  );
  const isNews = useIsNews(record, tree, measure);
  const sentence = grownWords(context);
  if (!measure || !isNews || sentence === null) {
    return null;
  }
  return (
    <Fold
      name="growth"
      title={measure.title}
      open={true}
      summary={grownGist(context)}
    >
      <p className="jp-Torchprof-hottest">
        <Prose text={sentence} />
      </p>
      <PlaceTree
        tree={tree}
        measure={measure}
        context={context}
        actions={actions}
      />
      <p className="jp-Torchprof-muted">
        {trans.__(
          'Between samples that met the run in the same place; never more than its memory rose at all.'
        )}
      </p>
    </Fold>
  );
}
