/**
 * A session without the source of its cells; the twin of `deliver/redact.py`, which says what is
 * left out and what stays. Both are tested against one fixture.
 *
 * It works on the plain document, so that what a newer version added is looked through as well.
 */
import type { Session } from '../record/_session';

const REFUSAL =
  'The source was left out of this document, and the change with it.';
const QUOTED = '…';
/** Characters by which lines are looked up; shorter ones tell nothing. */
const PREFIX = 4;
/** Characters from which on the beginning of a line tells something. */
const CUT = 12;
const LINE_ENDS = /\r\n|\r|\n/;
const BLANK = /^[ \t\f]+|[ \t\f]+$/g;
/** A line that is a name, or a call of it without arguments. */
const BARE = /^[\p{L}\p{N}_.]+(\(\))?[:,]?$/u;
/** A name as records write it. */
const PATH =
  /^[\p{L}\p{N}_]+(\.[\p{L}\p{N}_]+|\[([\p{L}\p{N}_]+|"[^"]*"|'[^']*')\])*(\(\))?$/u;
/** What Python and IPython call the code of a cell that stands in no function. */
const TOP_LEVEL = /^<(module|cell line: [0-9]+)>$/;
/** Whose functions and files have names of the user's; the compiler's reasons quote conditions. */
const PLACES: ReadonlySet<string> = new Set([
  'places',
  'frames',
  'files',
  'compiler'
]);
const CODE = /`([^`]*)`/g;
/** At the end of a text that was cut. */
const ENDING = /(…|\.\.\.)$/;
const IDENTIFIERS: ReadonlySet<string> = new Set([
  'run_id',
  'cell_id',
  'code_cell_id',
  'source_hash',
  'baseline_run_id'
]);

type Members = Record<string, unknown>;

/** A copy of a session without source; it says so in `source_left_out`. */
export function leaveSourceOut(session: Session): Session {
  const copy = new Scrubber(sourcesOf(session)).value(session) as Session;
  return { ...copy, source_left_out: true };
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Members that are code: what a hash stands beside. A transfer's source is a device. */
function isCode(members: Members, name: string): boolean {
  return 'source_hash' in members && (name === 'source' || name === 'new_text');
}

/** Whether a member is what a place, a frame or a file is called in the user's own code. */
function isOwnName(place: Members, name: string, text: string): boolean {
  return (
    place.kind !== 'library' &&
    (name === 'function' || name === 'path' || name === 'reason') &&
    text !== '' &&
    !TOP_LEVEL.test(text)
  );
}

function sourcesOf(document: unknown): Set<string> {
  const found = new Set<string>();
  const pending = [document];
  while (pending.length > 0) {
    const item = pending.pop();
    if (Array.isArray(item)) {
      item.forEach(each => pending.push(each));
    } else if (isMembers(item)) {
      if (isCode(item, 'source') && typeof item.source === 'string') {
        found.add(item.source);
      }
      Object.values(item).forEach(each => pending.push(each));
    }
  }
  return found;
}

class Scrubber {
  constructor(sources: ReadonlySet<string>) {
    this._plain = [...sources].map(unformatted);
    const lines = new Set(
      [...sources]
        .flatMap(source => source.split(LINE_ENDS))
        // Texts that quote lines may have their blanks put together.
        .flatMap(line => [
          line.replace(BLANK, ''),
          line.split(/\s+/).filter(Boolean).join(' ')
        ])
        .filter(line => line.length >= PREFIX && !BARE.test(line))
    );
    // The longest first: one line may be the beginning of another.
    for (const line of [...lines].sort((a, b) => b.length - a.length)) {
      const prefix = line.slice(0, PREFIX);
      this._lines.set(prefix, [...(this._lines.get(prefix) ?? []), line]);
    }
  }

  /** The same without source. */
  value(value: unknown, key = ''): unknown {
    if (Array.isArray(value)) {
      return value.map(item => this.value(item, key));
    }
    if (isMembers(value)) {
      const copy = Object.fromEntries(
        Object.entries(value).map(([name, item]) => [
          name,
          typeof item !== 'string'
            ? this.value(item, name)
            : this._member(value, key, name, item)
        ])
      );
      return isMembers(value.fix)
        ? { ...copy, fix: null, refusal: REFUSAL }
        : copy;
    }
    return typeof value === 'string' && !IDENTIFIERS.has(key)
      ? this._text(value)
      : value;
  }

  /** A text that is a member of `value`, which is in turn a member called `key`. */
  private _member(
    value: Members,
    key: string,
    name: string,
    text: string
  ): unknown {
    if (isCode(value, name)) {
      return '';
    }
    return PLACES.has(key) && isOwnName(value, name, text)
      ? QUOTED
      : this.value(text, name);
  }

  private _text(text: string): string {
    // Lines first: one may have backticks in it.
    return this._withoutLines(text).replace(CODE, (quote, code: string) => {
      const plain = unformatted(code);
      const isName = plain.length < PREFIX || PATH.test(code.trim());
      return isName || !this._plain.some(known => known.includes(plain))
        ? quote
        : `\`${QUOTED}\``;
    });
  }

  private _withoutLines(text: string): string {
    const end = withoutEnding(text).length;
    let result = '';
    let start = 0;
    for (let place = 0; place <= text.length - PREFIX;) {
      const length = this._quoted(text, place, end);
      if (length > 0) {
        result += text.slice(start, place) + QUOTED;
        start = place + length;
      }
      place += length || 1;
    }
    return result + text.slice(start);
  }

  /** How much of a text, from a place on, is a line of source; before `end` it is whole. */
  private _quoted(text: string, place: number, end: number): number {
    for (const line of this._lines.get(text.slice(place, place + PREFIX)) ??
      []) {
      if (text.startsWith(line, place)) {
        return line.length;
      }
      const rest = text.slice(place, end);
      if (rest.length >= CUT && line.startsWith(rest) && !PATH.test(rest)) {
        return text.length - place;
      }
    }
    return 0;
  }

  private readonly _plain: readonly string[];
  private readonly _lines = new Map<string, string[]>();
}

function withoutEnding(text: string): string {
  return text.trimEnd().replace(ENDING, '');
}

/** Code without blanks, in single quotes, and without the sign that it was cut. */
function unformatted(code: string): string {
  return withoutEnding(code).replace(/\s+/g, '').replace(/"/g, "'");
}
