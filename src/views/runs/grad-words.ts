/** What autograd did in a cell, in words. Names stand between backticks (see `Prose`). */
import { cellLine } from '../../record/places';
import { formatBytes } from '../../record/units';
import type {
  CellRecord,
  Forwards,
  GradState,
  RetainedGraph
} from '../../record/_session';
import type { ITranslate } from '../state';

/** Forwards and retained graphs named one by one; the rest is counted. */
const NAMED = 4;

/**
 * Sentences, the most general first: mode; forwards, backwards and steps; what keeps its graph.
 * Empty for a cell in which autograd played no part.
 */
export function gradSentences(record: CellRecord, trans: ITranslate): string[] {
  const grad = record.grad ?? {};
  const events = eventsSentence(record, grad, trans);
  const retained = retainedSentences(grad, trans);
  const autocast = autocastSentence(grad, trans);
  const unusual =
    grad.grad_after === false ||
    grad.inference_after === true ||
    (grad.grad_before ?? true) !== (grad.grad_after ?? true);
  if (
    events === null &&
    retained.length === 0 &&
    autocast === null &&
    !unusual
  ) {
    return [];
  }
  const first = [modeWords(grad, trans), events]
    .filter(part => part !== null)
    .join('; ');
  return [`${first}.`, autocast, ...retained].filter(part => part !== null);
}

/** The one fact that matters: what graphs keep, else how often what was run. */
export function gradSummary(
  grad: GradState,
  trans: ITranslate
): string | undefined {
  const retained = grad.retained ?? [];
  if (retained.some(graph => graph.saved_bytes > 0)) {
    return trans.__('graphs keep %1', sizeWords(retained, trans));
  }
  const forwards = (grad.forwards ?? []).reduce(
    (sum, { calls }) => sum + calls,
    0
  );
  const backwards = grad.backwards ?? 0;
  const words = [
    forwards > 0 && trans._n('%1 forward', '%1 forwards', forwards),
    backwards > 0 && trans._n('%1 backward', '%1 backwards', backwards)
  ].filter(Boolean);
  return words.length > 0 ? words.join(', ') : undefined;
}

function modeWords(grad: GradState, trans: ITranslate): string | null {
  if (grad.inference_after) {
    return trans.__('Inference mode on after the cell');
  }
  const { grad_before: before, grad_after: after } = grad;
  if (typeof after !== 'boolean') {
    return null;
  }
  if (typeof before === 'boolean' && before !== after) {
    return after
      ? trans.__('Grad mode was switched on by this cell')
      : trans.__('Grad mode was switched off by this cell and stays off');
  }
  return after ? trans.__('Grad mode on') : trans.__('Grad mode off');
}

function eventsSentence(
  record: CellRecord,
  grad: GradState,
  trans: ITranslate
): string | null {
  const lineAt = (place: number | null | undefined) => cellLine(record, place);
  const forwards = grad.forwards ?? [];
  const parts = forwards
    .slice(0, NAMED)
    .map(forward =>
      forwardWords(
        forward,
        lineAt(forward.place),
        grad.forwards_complete !== false,
        trans
      )
    );
  if (forwards.length > NAMED) {
    parts.push(
      trans._n(
        '%1 more place of forwards',
        '%1 more places of forwards',
        forwards.length - NAMED
      )
    );
  }
  const backwards = grad.backwards ?? 0;
  if (backwards > 0) {
    parts.push(
      withLine(
        trans._n('%1 backward', '%1 backwards', backwards),
        lineAt(grad.last_backward_place),
        trans
      )
    );
  } else if (forwards.some(forward => forward.grad && !forward.inference)) {
    parts.push(trans.__('no backward'));
  }
  const steps = grad.optimizer_steps ?? 0;
  if (steps > 0) {
    parts.push(
      withLine(
        trans._n('%1 optimizer step', '%1 optimizer steps', steps),
        lineAt(grad.last_step_place),
        trans
      )
    );
  }
  return parts.length > 0 ? parts.join(', ') : null;
}

function forwardWords(
  forward: Forwards,
  line: number | null,
  complete: boolean,
  trans: ITranslate
): string {
  const calls = trans._n(
    '%1 forward of `%2`',
    '%1 forwards of `%2`',
    forward.calls,
    forward.module
  );
  const count = withLine(
    complete ? calls : trans.__('at least %1', calls),
    line,
    trans
  );
  if (forward.inference) {
    return trans.__('%1 in inference mode', count);
  }
  return forward.grad ? count : trans.__('%1 without gradients', count);
}

function withLine(
  text: string,
  line: number | null,
  trans: ITranslate
): string {
  return line === null ? text : trans.__('%1 on line %2', text, line);
}

function autocastSentence(grad: GradState, trans: ITranslate): string | null {
  const on = Object.entries(grad.autocast ?? {}).map(
    ([device, dtype]) => `${device} ${dtype}`
  );
  return on.length > 0 ? trans.__('Autocast on: %1.', on.join(', ')) : null;
}

function retainedSentences(grad: GradState, trans: ITranslate): string[] {
  const retained = [...(grad.retained ?? [])].sort(
    (a, b) => b.saved_bytes - a.saved_bytes
  );
  const sentences = retained
    .slice(0, NAMED)
    .map(graph => retainedWords(graph, trans));
  const rest = retained.slice(NAMED);
  if (rest.length > 0) {
    sentences.push(
      trans._n(
        '%1 more variable keeps %2.',
        '%1 more variables keep %2.',
        rest.length,
        sizeWords(rest, trans)
      )
    );
  }
  if (grad.retained_complete === false) {
    sentences.push(
      retained.some(graph => graph.truncated)
        ? trans.__(
            'Not every graph was followed to its end: they may keep many times as much.'
          )
        : trans.__(
            'Not everything was looked at: there may be more graphs than are listed.'
          )
    );
  }
  return sentences;
}

function retainedWords(graph: RetainedGraph, trans: ITranslate): string {
  if (graph.truncated && graph.saved_bytes === 0) {
    return trans.__(
      '`%1` keeps a graph of at least %2 operations on %3.',
      graph.variable,
      graph.nodes,
      graph.device
    );
  }
  const size = sizeWords([graph], trans);
  return graph.tensors > 1
    ? trans.__(
        '`%1` keeps %2 of graph on %3 (%4 tensors).',
        graph.variable,
        size,
        graph.device,
        graph.tensors
      )
    : trans.__(
        '`%1` keeps %2 of graph on %3.',
        graph.variable,
        size,
        graph.device
      );
}

/** What graphs keep together: a lower bound if one of them was not followed to its end. */
export function sizeWords(
  graphs: readonly RetainedGraph[],
  trans: ITranslate
): string {
  const bytes = formatBytes(
    graphs.reduce((sum, graph) => sum + graph.saved_bytes, 0)
  );
  return graphs.some(graph => graph.truncated)
    ? trans.__('at least %1', bytes)
    : bytes;
}
