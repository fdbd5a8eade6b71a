import type { CellRecord, Place, Session } from '../../../src/record/_session';
import {
  RecordError,
  decodeKernelMessage,
  decodeSession
} from '../../../src/record/decode';
import { cellLine } from '../../../src/record/places';
import { makeRecord, makeSession } from '../builders';
import v13 from '../fixtures/upgrade/1.3.json';
import v15 from '../fixtures/upgrade/1.5.json';
import expected from '../fixtures/upgrade/expected.json';

const LISTS = [
  'warnings',
  'samples',
  'moves',
  'loads',
  'transfers',
  'checkpoints',
  'optimizers',
  'data_loading'
] as const;

/** Where the events of a run happened; `test_upgrading.py` asks for the same. */
function placesOf(record: CellRecord) {
  const grad = record.grad!;
  const of = (events: readonly { place?: number | null }[] = []) =>
    events.map(({ place }) => place ?? null);
  return {
    places: record.places!.length,
    ...Object.fromEntries(LISTS.map(name => [name, of(record[name])])),
    forwards: of(grad.forwards),
    forward_graphs: of(grad.forward_graphs),
    scaler: grad.scaler ? of([grad.scaler]) : [],
    loaded: (record.checkpoints ?? []).map(
      ({ loaded_place }) => loaded_place ?? null
    ),
    grad: [
      grad.last_backward_place,
      grad.last_step_place,
      grad.retaining_place,
      grad.double_softmax_place,
      grad.clip_place
    ].map(place => place ?? null),
    cleared: grad.cache_clears?.places ?? []
  };
}

describe('documents of format 1.x', () => {
  it.each([
    ['1.3.json', v13],
    ['1.5.json', v15]
  ] as const)('should be what the kernel makes of them: %s', (name, old) => {
    const text = JSON.stringify(old);
    const session = decodeSession(old);
    expect(session.schema_version).toBe('2.0');
    expect(session.cells!.map(placesOf)).toEqual(expected[name]);
    expect(JSON.stringify(old)).toBe(text);
    expect(JSON.stringify(session)).not.toMatch(/"(loaded|[a-z]+_step)_line"/);
    expect(decodeSession(session)).toBe(session);
  });

  it('should lead to the lines that were told', () => {
    const before = v13.cells[0];
    const [record] = decodeSession(v13).cells!;
    const linesOf = (events: readonly { place?: number | null }[]) =>
      events.map(({ place }) => cellLine(record, place));
    expect(linesOf(record.moves!)).toEqual(before.moves.map(m => m.line));
    expect(linesOf(record.samples!)).toEqual(
      before.samples.map(s => s.line ?? null)
    );
    expect(cellLine(record, record.grad!.clip_place)).toBe(
      before.grad.clip_line
    );
    expect(record.grad!.cache_clears).toEqual({
      calls: before.grad.cache_clears.calls,
      duration_s: before.grad.cache_clears.duration_s,
      freed_bytes: before.grad.cache_clears.freed_bytes,
      places: [12, 13]
    });
  });

  it.each([[0], [-1], [1.5], ['3'], [null], [{}]])(
    'should leave out what is no line: %p',
    line => {
      const warning = { category: 'w', message: 'm', line };
      const old = makeSession([{ ...makeRecord(), warnings: [warning] }]);
      const read = decodeSession({ ...old, schema_version: '1.5' });
      const [record] = read.cells!;
      expect(record.warnings).toEqual([{ category: 'w', message: 'm' }]);
      expect(record.places).toBeUndefined();
    }
  );

  it('should take over no more lines than a run may have', () => {
    const warnings = Array.from({ length: 3000 }, (_, index) => ({
      category: 'w',
      message: 'm',
      line: index + 1
    }));
    const old: Session = makeSession([{ ...makeRecord(), warnings }]);
    const [record] = decodeSession({ ...old, schema_version: '1.5' }).cells!;
    expect(record.places).toHaveLength(1000);
    expect(record.warnings![2999].place).toBeNull();
  });

  it('should not be taken from a kernel, which tells no older format', () => {
    const message = { type: 'session', session: v15, enabled: true };
    expect(() => decodeKernelMessage(message)).toThrow(RecordError);
    expect(() => decodeKernelMessage(message)).toThrow(/older.*update/);
  });
});

describe('cellLine()', () => {
  const own = { kind: 'cell', source_hash: 'h' } as const;
  const run = (places: Place[]) => makeRecord({ source_hash: 'h', places });

  it('should be the line of the outermost node', () => {
    const record = run([
      { ...own, parent: null, line: 3 },
      { ...own, parent: 0, line: 7, function: 'f', source_hash: 'other' },
      { parent: 1, kind: 'library', package: 'torch' },
      { parent: null, kind: 'thread' },
      { parent: 3, kind: 'file', line: 9, path: 'a.py' }
    ]);
    const lines = [0, 1, 2, 3, 4].map(place => cellLine(record, place));
    expect(lines).toEqual([3, 3, 3, null, null]);
    for (const nowhere of [null, undefined, -1, 5, 0.5, NaN]) {
      expect(cellLine(record, nowhere)).toBeNull();
    }
  });

  it('should not go round in circles', () => {
    const record = run([
      { ...own, parent: 1, line: 1 },
      { ...own, parent: 0, line: 1 },
      { ...own, parent: 2, line: 1 },
      { ...own, parent: -1, line: 1 }
    ]);
    expect([0, 1, 2, 3].map(place => cellLine(record, place))).toEqual(
      Array(4).fill(null)
    );
  });
});
