import * as React from 'react';

import { formatDuration } from '../../record/units';
import { byteList } from '../parts/byte-list';
import { Fold } from '../parts/fold';
import { lineWords } from './line-words';
import type { IFact } from './optimizer-words';
import { optimizerFacts, optimizersSummary } from './optimizer-words';
import { Prose, Text } from '../parts/text';
import type { CellRecord, Optimizer } from '../../record/_session';
import type { ITranslate } from '../state';

/** Rows shown at most. */
const LISTED = 6;

/** The optimizers: what they stepped and what not, how long that took, what their state takes. */
export function Optimizers(props: {
  record: CellRecord;
  trans: ITranslate;
}): JSX.Element | null {
  const { record, trans } = props;
  const optimizers = record.optimizers ?? [];
  return optimizers.length === 0 ? null : (
    <Fold
      name="optimizers"
      title={trans.__('Optimizers')}
      summary={<Facts facts={optimizersSummary(optimizers, trans)} />}
    >
      <ul className="jp-Torchprof-entries">
        {optimizers.slice(0, LISTED).map((optimizer, index) => (
          <Entry
            key={index}
            record={record}
            optimizer={optimizer}
            trans={trans}
          />
        ))}
      </ul>
    </Fold>
  );
}

function Entry(props: {
  record: CellRecord;
  optimizer: Optimizer;
  trans: ITranslate;
}): JSX.Element {
  const { record, optimizer, trans } = props;
  const line = lineWords(record, optimizer, trans);
  const facts = optimizerFacts(record, optimizer, trans);
  return (
    <li>
      <span className="jp-Torchprof-entryHead">
        <Text value={optimizerName(optimizer, trans)} length={100} />
        {line && <span className="jp-Torchprof-muted">{line}</span>}
      </span>
      <span className="jp-Torchprof-entryDetails">
        <Facts facts={[...facts, ...costs(optimizer, trans)]} />
      </span>
    </li>
  );
}

/** Facts in one line, those that may be why nothing is learnt in a colour. */
function Facts(props: { facts: readonly IFact[] }): JSX.Element {
  return (
    <>
      {props.facts.map(({ text, notable }, index) => (
        <React.Fragment key={index}>
          {index > 0 && ' · '}
          <span className={notable ? 'jp-Torchprof-notable' : undefined}>
            <Prose text={text} />
          </span>
        </React.Fragment>
      ))}
    </>
  );
}

function optimizerName(optimizer: Optimizer, trans: ITranslate): string {
  const { variable, name, class_name, count = 1 } = optimizer;
  const own = variable ?? name;
  const title = own ? `${own} (${class_name})` : class_name;
  return count > 1 ? trans.__('%1, %2 of them', title, count) : title;
}

/** Time of a step, and memory of the state. */
function costs(optimizer: Optimizer, trans: ITranslate): IFact[] {
  const { timed_steps = 0, timed_s = 0 } = optimizer;
  const texts: string[] = [];
  if (timed_steps > 0) {
    texts.push(trans.__('%1 each', formatDuration(timed_s / timed_steps)));
  }
  const state = byteList(optimizer.state_bytes ?? {});
  if (state) {
    texts.push(trans.__('state: %1', state));
  }
  return texts.map(text => ({ text, notable: false }));
}
