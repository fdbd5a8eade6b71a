import * as React from 'react';

import { recordedSeconds } from '../../record/deep';
import { replayOf, workSeconds } from '../../record/replays';
import { formatDuration, formatPercent } from '../../record/units';
import { ListedTable } from '../parts/listed-table';
import { Code, Prose, Text } from '../parts/text';
import { LineWay } from './line-way';
import { Phase } from './phase';
import { replayWords, shapeWords, tryWords } from './work-words';
import type { ITables } from './tables';
import type { DeepProfile, DeepWork } from '../../record/_session';

/** An entry of the table. */
interface IWork {
  work: DeepWork;
  /** In the record, which the kernel knows it by. */
  index: number;
}

/** Work that could be done in another way: what was measured of that, and buttons that try it. */
export function WorkTable(props: ITables): JSX.Element | null {
  const { deep, actions, trans } = props;
  const entries = (deep.work ?? [])
    .map((work, index) => ({ work, index }))
    .filter(({ work }) =>
      actions.tryOut
        ? (work.alternatives ?? []).length > 0
        : (work.replays ?? []).length > 0
    );
  const tried = entries.filter(({ work }) => (work.replays ?? []).length > 0);
  return (
    <ListedTable<IWork>
      name="deep work"
      title={trans.__('Other ways')}
      summary={
        tried.length > 0
          ? trans.__('%1 of %2 tried', tried.length, entries.length)
          : trans.__('%1 of the time, not tried yet', shareWords(deep, entries))
      }
      headings={[trans.__('Time'), trans.__('Calls'), trans.__('Sizes')]}
      entries={entries}
      trans={trans}
      row={({ work, index }) => (
        <tbody key={index}>
          <Work {...props} work={work} index={index} />
        </tbody>
      )}
    />
  );
}

/** Of the recorded time, with the backwards; one may be part of another. */
function shareWords(deep: DeepProfile, entries: readonly IWork[]): string {
  const taken = entries.reduce((sum, { work }) => sum + workSeconds(work), 0);
  const seconds = recordedSeconds(deep);
  return formatPercent(seconds > 0 ? Math.min(1, taken / seconds) : null);
}

function Work(props: ITables & IWork): JSX.Element {
  const { work, context, trans } = props;
  const place = (context.record.places ?? [])[work.place ?? -1];
  return (
    <>
      <tr>
        <th scope="rowgroup" colSpan={3}>
          {work.kind === 'attention' ? (
            trans.__('attention in single operators')
          ) : (
            <>
              {work.kind === 'layout' && trans.__('a copy for') + ' '}
              <Code value={work.name} length={120} />
            </>
          )}{' '}
          <Phase name={work.phase} trans={trans} />
          {place && (
            <>
              {' '}
              <LineWay {...props} node={{ place }} />
            </>
          )}
        </th>
      </tr>
      <tr>
        <td>{formatDuration(workSeconds(work))}</td>
        <td>{work.calls.toLocaleString('en')}</td>
        <td className="jp-Torchprof-deepSizes">
          <Text value={shapeWords(work, trans)} length={80} />
        </td>
      </tr>
      <tr>
        <td colSpan={3} className="jp-Torchprof-deepWays">
          {(work.alternatives ?? []).map(alternative => (
            <Alternative key={alternative} {...props} name={alternative} />
          ))}
        </td>
      </tr>
    </>
  );
}

/** What was measured of one alternative, and the button that measures it. */
function Alternative(
  props: ITables & IWork & { name: string }
): JSX.Element | null {
  const { work, index, name, context, actions, trans } = props;
  const [waits, setWaits] = React.useState(false);
  const [refusal, setRefusal] = React.useState<string | null>(null);
  const replay = replayOf(work, name);
  const words = tryWords(name, trans);
  if (words === null || !(replay || actions.tryOut)) {
    return null;
  }
  const start = () => {
    if (!waits && actions.tryOut) {
      setWaits(true);
      void actions.tryOut(context.record, index, name).then(why => {
        setWaits(false);
        setRefusal(why);
      });
    }
  };
  const found = refusal ?? (replay && replayWords(replay, trans));
  return (
    <span className="jp-Torchprof-deepWay">
      {actions.tryOut && (
        <button
          type="button"
          className="jp-Torchprof-button"
          aria-disabled={waits}
          onClick={start}
        >
          {words}
        </button>
      )}
      <span role="status">
        {waits ? trans.__('Measuring…') : found && <Prose text={found} />}
      </span>
    </span>
  );
}
