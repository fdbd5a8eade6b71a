/** What places are called; the sentence is that of `deliver/places.py`, word for word. */
import { SPREAD, grownMost, hottest } from '../../record/hottest';
import type { IGrownMost, IHottest } from '../../record/hottest';
import type { IPlaceNode } from '../../record/places';
import { lineOf } from '../../record/places';
import { linesOf, textsOf } from '../../record/texts';
import { formatBytesDelta, formatPercent } from '../../record/units';
import { HOST } from '../../record/derive';
import { clip } from '../parts/text';
import { growthWords } from './growth-words';
import type { CellRecord, Place, Session } from '../../record/_session';
import type { ITranslate } from '../state';

/** Characters of a name. */
const NAME = 80;

/** What has a place: a node of the tree, or a frame of an error. */
export type IPlaced = Pick<IPlaceNode, 'place'>;

/** What words need to know of the run whose places they are. */
export interface IPlaceContext {
  readonly session: Session;
  readonly record: CellRecord;
  /** `run_id`s whose cell's source was edited since. */
  readonly stale: ReadonlySet<string>;
  readonly trans: ITranslate;
}

/**
 * ``62% in `augment`, cell [2] line 3``: where most of the time went, in one sentence whose code
 * stands between backticks. `null`: the samples do not say.
 */
export function hottestWords(context: IPlaceContext): string | null {
  const { record, trans } = context;
  const found = hottest(record);
  if (!found) {
    return null;
  }
  if (found.lineShare < SPREAD) {
    return trans.__(
      'Spread out: no line had more than %1',
      formatPercent(found.lineShare)
    );
  }
  return inWords(formatPercent(found.share), found, context);
}

/**
 * ``+1.2 GiB on cuda:0 in `load`, cell [2] line 3``: where most of the memory came. `null`: the
 * samples do not say.
 */
export function grownWords(context: IPlaceContext): string | null {
  const { record, trans } = context;
  const found = grownMost(record);
  if (!found) {
    return null;
  }
  const bytes = formatBytesDelta(found.bytes);
  const amount =
    found.device === HOST
      ? bytes
      : trans.__('%1 on %2', bytes, clip(found.device, NAME));
  return inWords(amount, found, context);
}

/** The gist of it for a heading, where a number must not be cut off: `"cuda:0 +1.2 GiB"`. */
export function grownGist({
  record,
  trans
}: IPlaceContext): string | undefined {
  const found = grownMost(record);
  return found ? growthWords(found, record, trans) : undefined;
}

/** ``"62% in torch · Tensor.cos, called from `augment`, cell [2] line 3"``. */
function inWords(
  amount: string,
  { library, node }: Pick<IHottest | IGrownMost, 'library' | 'node'>,
  context: IPlaceContext
): string {
  const { trans } = context;
  const where = spotWords(node, context);
  if (library) {
    return trans.__(
      '%1 in %2, called from %3',
      amount,
      libraryWords(library.place, trans),
      where
    );
  }
  return isLine(node)
    ? trans.__('%1 on %2', amount, where)
    : trans.__('%1 in %2', amount, where);
}

/** The gist of it for a heading: ``"`augment`: 62%"``. */
export function hottestGist(context: IPlaceContext): string | null {
  const { record, trans } = context;
  const found = hottest(record);
  return found && found.lineShare >= SPREAD
    ? trans.__('%1: %2', nameOf(found, context), formatPercent(found.share))
    : null;
}

function nameOf({ library, node }: IHottest, context: IPlaceContext): string {
  const { function: name } = node.place;
  return library
    ? libraryWords(library.place, context.trans)
    : name
      ? quoted(name)
      : whereWords(node, context);
}

/** ``"in `augment`, cell [2] line 3"``; `"on line 3"` in no function. */
export function atWords(node: IPlaced, context: IPlaceContext): string {
  const { trans } = context;
  const where = spotWords(node, context);
  return isLine(node) ? trans.__('on %1', where) : trans.__('in %1', where);
}

/** Whether something stands on a line of a cell, rather than in a function or a file. */
function isLine({ place }: IPlaced): boolean {
  return !place.function && place.kind !== 'file';
}

/** ``"`augment`, cell [2] line 3"``. */
function spotWords(node: IPlaced, context: IPlaceContext): string {
  const { function: name } = node.place;
  const where = whereWords(node, context);
  return name ? `${quoted(name)}, ${where}` : where;
}

/** `"cell [2] line 3"`, or without the cell if it is the one that ran. */
export function whereWords({ place }: IPlaced, context: IPlaceContext): string {
  const { session, record, stale, trans } = context;
  const line = lineOf(place);
  if (place.kind === 'file') {
    return trans.__('%1 line %2', quoted(place.path ?? '?'), line);
  }
  if (place.source_hash === record.source_hash) {
    return trans.__('line %1', line);
  }
  const owner = textsOf(session).ownerOf(place.source_hash);
  const count = owner?.latest.execution_count;
  if (!owner || typeof count !== 'number') {
    return trans.__('line %1 of a cell', line);
  }
  return isEarlier(owner.latest, place, stale)
    ? trans.__('line %1 of an earlier text of [%2]', line, count)
    : trans.__('cell [%2] line %1', line, count);
}

/** What a row is called: the function, the library, or the line of code itself. */
export function rowName(node: IPlaceNode, context: IPlaceContext): string {
  const { place } = node;
  const { trans } = context;
  if (place.kind === 'thread') {
    return trans.__('Other threads');
  }
  if (place.kind === 'library') {
    return libraryWords(place, trans);
  }
  return (
    place.function ||
    codeOf(node, context) ||
    (place.kind === 'file'
      ? fileName(place)
      : trans.__('line %1', lineOf(place)))
  );
}

/** Where a row's line stands: `"line 3"`, `"[2] line 3"`, `"train.py line 12"`. */
export function rowWhere(node: IPlaceNode, context: IPlaceContext): string {
  const { place } = node;
  const { record, session, stale, trans } = context;
  const line = lineOf(place);
  if (line === 0 || place.kind === 'library' || place.kind === 'thread') {
    return '';
  }
  if (place.kind === 'file') {
    return trans.__('%1 line %2', fileName(place), line);
  }
  if (place.source_hash === record.source_hash) {
    const isNamed = rowName(node, context) !== trans.__('line %1', line);
    return isNamed ? trans.__('line %1', line) : '';
  }
  const owner = textsOf(session).ownerOf(place.source_hash);
  const count = owner?.latest.execution_count;
  return owner &&
    typeof count === 'number' &&
    !isEarlier(owner.latest, place, stale)
    ? trans.__('[%1] line %2', count, line)
    : whereWords(node, context);
}

/** The code of a line of a cell; `null` where no run has its text. */
export function codeOf(
  { place }: IPlaced,
  context: IPlaceContext
): string | null {
  if (place.kind !== 'cell') {
    return null;
  }
  const text = textOf(place, context);
  const line = text && linesOf(text)[lineOf(place) - 1];
  return line?.trim() || null;
}

/** The run whose text a line can be gone to in, and the line; `null`: it stands in no cell. */
export function targetOf(
  { place }: IPlaced,
  context: IPlaceContext
): { record: CellRecord; line: number } | null {
  const line = lineOf(place);
  if (place.kind !== 'cell' || line === 0) {
    return null;
  }
  const text = textOf(place, context);
  return text && text.cell_id !== null ? { record: text, line } : null;
}

/** `"torch · Tensor.backward"`. */
export function libraryWords(place: Place, trans: ITranslate): string {
  const name = clip(place.package ?? trans.__('a library'), NAME);
  return place.function ? `${name} · ${clip(place.function, NAME)}` : name;
}

/** A run that had the text which a place stands in. */
function textOf(
  { source_hash }: Place,
  { session, record }: IPlaceContext
): CellRecord | null {
  return source_hash === record.source_hash
    ? record
    : (textsOf(session).ownerOf(source_hash)?.record ?? null);
}

function fileName({ path }: Place): string {
  return (path ?? '?').split('/').pop() || '?';
}

function isEarlier(
  latest: CellRecord,
  { source_hash }: Place,
  stale: ReadonlySet<string>
): boolean {
  return latest.source_hash !== source_hash || stale.has(latest.run_id);
}

/** A name between backticks, as code in a sentence. */
export function quoted(name: string): string {
  return `\`${clip(name, NAME).replace(/`/g, "'")}\``;
}
