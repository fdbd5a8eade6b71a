import * as React from 'react';

import { DeepIcicle } from '../../charts/deep';
import {
  deepShares,
  medianStep,
  recordedSeconds,
  stepShares
} from '../../record/deep';
import {
  UNKNOWN,
  formatDuration,
  formatFlops,
  formatPercent
} from '../../record/units';
import { Fold } from '../parts/fold';
import { ListedTable } from '../parts/listed-table';
import { Code, Prose, Text } from '../parts/text';
import { phaseName } from '../places/phase-words';
import { linkOf } from '../places/place-link';
import { atWords, codeOf } from '../places/place-words';
import { Way } from '../places/way';
import { usePlaceContext } from '../places/where-time';
import { cutWords, verdictWords, whatWords } from './deep-words';
import type { IWhereProps } from '../places/where-time';
import type { IPlaceContext } from '../places/place-words';
import type { Phase } from '../../record/phases';
import { PHASES } from '../../record/phases';
import type {
  DeepLine,
  DeepModule,
  DeepOperator,
  DeepProfile
} from '../../record/_session';
import type { ITranslate, IViewActions } from '../state';

/** Steps drawn one by one. */
const STEPS = 20;

/** What was recorded in depth: a sentence, the steps, and tables of lines, modules and operators. */
export function Deep(props: IWhereProps): JSX.Element | null {
  const { record, actions, trans } = props;
  const context = usePlaceContext(props);
  const deep = record.deep;
  if (!deep) {
    return null;
  }
  const cut = cutWords(deep, trans);
  return (
    <Fold
      name="deep"
      title={trans.__('Deep profile')}
      open={true}
      summary={whatWords(deep, trans)}
      className="jp-Torchprof-deep"
    >
      <p>
        <Prose text={verdictWords(deep, trans)} />
      </p>
      <Steps deep={deep} trans={trans} />
      {cut && <p className="jp-Torchprof-note">{cut}</p>}
      <DeepIcicle deep={deep} context={context} actions={actions} />
      <Lines deep={deep} context={context} actions={actions} trans={trans} />
      <Modules deep={deep} trans={trans} />
      <Operators
        deep={deep}
        context={context}
        actions={actions}
        trans={trans}
      />
      <p className="jp-Torchprof-muted">
        {trans.__(
          'Times are of the host, with what recording itself took; %1 events were read in %2.',
          (deep.events ?? 0).toLocaleString('en'),
          formatDuration(deep.reading_s ?? 0)
        )}
      </p>
    </Fold>
  );
}

/** A bar for each step, as long as the step took, of its phases. */
function Steps(props: { deep: DeepProfile; trans: ITranslate }): JSX.Element {
  const { deep, trans } = props;
  const steps = (deep.steps ?? []).slice(0, STEPS);
  const longest = Math.max(...steps.map(step => step.duration_s), 1e-9);
  return (
    <div className="jp-Torchprof-phases">
      <ol
        className="jp-Torchprof-deepSteps"
        aria-label={trans.__(
          'Steps, median %1',
          formatDuration(medianStep(deep))
        )}
      >
        {steps.map((step, index) => (
          <li key={index}>
            <span
              className="jp-Torchprof-stack"
              aria-hidden="true"
              style={{ width: `${(100 * step.duration_s) / longest}%` }}
            >
              {stepShares(step).map(({ phase, share }) => (
                <span
                  key={phase}
                  data-phase={phase}
                  style={{ width: `${100 * share}%` }}
                />
              ))}
            </span>
            <span className="jp-Torchprof-deepStep">
              {formatDuration(step.duration_s)}
            </span>
          </li>
        ))}
      </ol>
      <span className="jp-Torchprof-legend" aria-hidden="true">
        {deepShares(deep).map(({ phase, share }) => (
          <span key={phase} className="jp-Torchprof-phase">
            <span className="jp-Torchprof-swatch" data-phase={phase} />
            {trans.__('%1 %2', phaseName(phase, trans), formatPercent(share))}
          </span>
        ))}
      </span>
    </div>
  );
}

interface ITables {
  deep: DeepProfile;
  context: IPlaceContext;
  actions: IViewActions;
  trans: ITranslate;
}

function Lines(props: ITables): JSX.Element | null {
  const { deep, context, actions, trans } = props;
  const places = context.record.places ?? [];
  const lines = (deep.lines ?? []).filter(({ place }) => places[place]);
  return (
    <ListedTable<DeepLine>
      name="deep lines"
      title={trans.__('Lines')}
      summary={trans.__('with the backward that each causes')}
      headings={[
        trans.__('Host'),
        trans.__('Backward'),
        trans.__('Operators'),
        trans.__('Operations')
      ]}
      entries={lines}
      trans={trans}
      row={(line, index) => {
        const node = { place: places[line.place] };
        const code = codeOf(node, context);
        return (
          <tbody key={index}>
            <tr>
              <th scope="rowgroup" colSpan={4}>
                <Way
                  link={linkOf(node, context, actions)}
                  title={trans.__('Go to the line')}
                >
                  <Prose text={atWords(node, context)} />
                </Way>
                {code && (
                  <span className="jp-Torchprof-deepCode">
                    <Code value={code} length={120} />
                  </span>
                )}
              </th>
            </tr>
            <tr>
              <td>{formatDuration(line.host_s ?? 0)}</td>
              <td>{some(line.backward_s, formatDuration)}</td>
              <td>{(line.calls ?? 0).toLocaleString('en')}</td>
              <td>{some(line.flops, formatFlops)}</td>
            </tr>
          </tbody>
        );
      }}
    />
  );
}

function Modules(props: {
  deep: DeepProfile;
  trans: ITranslate;
}): JSX.Element | null {
  const { deep, trans } = props;
  return (
    <ListedTable<DeepModule>
      name="deep modules"
      title={trans.__('Modules')}
      summary={trans.__('without those within them')}
      headings={[
        trans.__('Forward'),
        trans.__('Backward'),
        trans.__('Operations')
      ]}
      entries={deep.modules ?? []}
      trans={trans}
      row={(module, index) => (
        <tbody key={index}>
          <tr>
            <th scope="rowgroup" colSpan={3}>
              <Code value={module.name} length={120} />
            </th>
          </tr>
          <tr>
            <td>{some(module.forward_s, formatDuration)}</td>
            <td>{some(module.backward_s, formatDuration)}</td>
            <td>{some(module.flops, formatFlops)}</td>
          </tr>
        </tbody>
      )}
    />
  );
}

function Operators(props: ITables): JSX.Element | null {
  const { deep, context, actions, trans } = props;
  const places = context.record.places ?? [];
  return (
    <ListedTable<DeepOperator>
      name="deep operators"
      title={trans.__('Operators')}
      summary={formatDuration(deep.operators_s ?? recordedSeconds(deep))}
      headings={[
        trans.__('Own time'),
        trans.__('Calls'),
        trans.__('Operations'),
        trans.__('Mostly')
      ]}
      entries={deep.operators ?? []}
      trans={trans}
      row={(operator, index) => {
        const place =
          operator.place === null || operator.place === undefined
            ? undefined
            : places[operator.place];
        const node = place && { place };
        return (
          <tbody key={index}>
            <tr>
              <th scope="rowgroup" colSpan={4}>
                <Code value={operator.name} length={120} />{' '}
                <span className="jp-Torchprof-muted">
                  {isPhase(operator.phase) ? (
                    phaseName(operator.phase, trans)
                  ) : (
                    <Text value={operator.phase} length={20} />
                  )}
                </span>
              </th>
            </tr>
            <tr>
              <td>{formatDuration(operator.self_s)}</td>
              <td>{operator.calls.toLocaleString('en')}</td>
              <td>{some(operator.flops, formatFlops)}</td>
              <td>
                {node ? (
                  <Way
                    link={linkOf(node, context, actions)}
                    title={trans.__('Go to the line')}
                  >
                    <Prose text={atWords(node, context)} />
                  </Way>
                ) : (
                  UNKNOWN
                )}
              </td>
            </tr>
          </tbody>
        );
      }}
    />
  );
}

/** Nothing is a dash, so that what is something is seen. */
function some(
  value: number | null | undefined,
  format: (value: number) => string
): string {
  return value ? format(value) : UNKNOWN;
}

function isPhase(name: string): name is Phase {
  return (PHASES as readonly string[]).includes(name);
}
