/**
 * Documents of format 1.x in today's form: what happened on a line happened at a place. Its twin
 * is `upgrading.py`; one fixture holds both to the same.
 */
import type { CellRecord, Place, Session } from './_session';
import { LINES, isLine, lineIn, root, tellPlaces } from './told-places';

/** What happened in a run, by the names of the lists. */
const EVENTS = [
  'warnings',
  'samples',
  'moves',
  'loads',
  'transfers',
  'checkpoints',
  'optimizers',
  'data_loading'
];
const EVENTS_OF_GRAD = ['forwards', 'forward_graphs'];
/** Where an event had its lines, and where it has places. */
const OF_EVENT = { line: 'place', loaded_line: 'loaded_place' };
/** What autograd did last, or once. */
const OF_GRAD = {
  last_backward_line: 'last_backward_place',
  last_step_line: 'last_step_place',
  retaining_line: 'retaining_place',
  double_softmax_line: 'double_softmax_place',
  clip_line: 'clip_place'
};

/** An object of the document, whose form has been checked but for what today's does not have. */
type Plain = Readonly<Record<string, unknown>>;

/**
 * The same session in today's form.
 *
 * @param schema_version - today's
 */
export function upgrade(session: Session, schema_version: string): Session {
  const cells = (session.cells ?? []).map(record => {
    const told = tellPlaces(record);
    return new Lines(told).replace();
  });
  return { ...session, schema_version, cells };
}

/** Puts places where one run's events had lines. */
class Lines {
  constructor(private readonly _record: CellRecord) {
    this._places = [...(_record.places ?? [])];
    this._places.forEach((place, index) => {
      const line = lineIn(place);
      const isOwn =
        place.parent === null &&
        place.kind === 'cell' &&
        place.source_hash === _record.source_hash;
      if (line !== null && isOwn && !this._known.has(line)) {
        this._known.set(line, index);
      }
    });
  }

  replace(): CellRecord {
    const { _record: record, _places: places } = this;
    const events = this._inLists(record, EVENTS);
    const grad = record.grad ? { grad: this._ofGrad(record.grad) } : {};
    const found = places.length > 0 ? { places } : {};
    return { ...record, ...events, ...grad, ...found };
  }

  private _ofGrad(grad: object): Plain {
    const { scaler, cache_clears, ...rest } = grad as Plain;
    const events = this._inLists(rest, EVENTS_OF_GRAD);
    const scaled = isPlain(scaler)
      ? { scaler: this._moved(scaler, OF_EVENT) }
      : {};
    const own = this._moved(rest, OF_GRAD);
    const cleared = isPlain(cache_clears)
      ? { cache_clears: this._ofClears(cache_clears) }
      : {};
    return { ...own, ...events, ...scaled, ...cleared };
  }

  private _ofClears({ lines, ...clears }: Plain): Plain {
    if (!Array.isArray(lines)) {
      return clears;
    }
    const places = lines.filter(isLine).map(line => this._at(line));
    return { ...clears, places: places.filter(place => place !== null) };
  }

  /** The lists of these names, as they are now. */
  private _inLists(whole: object, names: readonly string[]): Plain {
    const lists: Record<string, unknown> = {};
    for (const name of names) {
      const events = (whole as Plain)[name];
      if (Array.isArray(events)) {
        lists[name] = (events as Plain[]).map(event =>
          this._moved(event, OF_EVENT)
        );
      }
    }
    return lists;
  }

  private _moved(event: Plain, names: Readonly<Record<string, string>>): Plain {
    const told = Object.entries(names).map(([old, name]) => {
      const line = lineIn(event, old);
      return line === null || typeof event[name] === 'number'
        ? []
        : [[name, this._at(line)]];
    });
    const others = Object.entries(event).filter(
      ([name]) => !Object.hasOwn(names, name)
    );
    return Object.fromEntries([...others, ...told.flat()]) as Plain;
  }

  private _at(line: number): number | null {
    if (!this._known.has(line) && this._known.size < LINES) {
      this._known.set(line, this._places.length);
      this._places.push(root(this._record, line));
    }
    return this._known.get(line) ?? null;
  }

  private readonly _known = new Map<number, number>();
  private readonly _places: Place[];
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null;
}
