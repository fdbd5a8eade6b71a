import {
  RecordError,
  decodeKernelMessage,
  decodeSession
} from '../../../src/record/decode';
import { makeRecord, makeSession } from '../builders';

describe('record/decode', () => {
  describe('decodeSession()', () => {
    it('should read a session, parsed or as text', () => {
      const session = makeSession([makeRecord({ source: 'x = 1' })]);
      expect(decodeSession(session)).toBe(session);
      expect(decodeSession(JSON.stringify(session))).toEqual(session);
    });

    it('should keep what a newer minor version added', () => {
      const record = { ...makeRecord(), carbon_g: 3 };
      const session = {
        ...makeSession([record]),
        schema_version: '2.9',
        planet: { name: 'Earth' }
      };
      expect(decodeSession(JSON.stringify(session))).toEqual(session);
    });

    it.each([
      ['3.0', /newer.*format 3\.0.*update/],
      ['10.3', /newer/],
      ['0.9', /older.*format 0\.9.*again/]
    ])('should refuse version %s', (schema_version, message) => {
      expect(() => decodeSession({ ...makeSession(), schema_version })).toThrow(
        message
      );
    });

    it.each([
      [null],
      [undefined],
      [7],
      ['{"a": '],
      ['<img src=x onerror=alert(1)>'],
      [[]],
      [{}],
      [{ schema_version: 1 }],
      [{ schema_version: '1' }],
      [{ schema_version: `2.${'9'.repeat(1e6)}` }]
    ])('should refuse what is no profile (%#)', data => {
      expect(() => decodeSession(data)).toThrow(RecordError);
    });

    it('should say where a document is broken', () => {
      const broken = makeSession([makeRecord(), makeRecord()]);
      (broken.cells![1] as unknown as Record<string, unknown>).duration_s =
        'long';
      expect(() => decodeSession(broken)).toThrow(
        /cells\/1\/duration_s.*number/
      );
      const missing = makeSession([makeRecord()]);
      delete (missing.cells![0] as Partial<ReturnType<typeof makeRecord>>)
        .source;
      expect(() => decodeSession(missing)).toThrow(/cells\/0.*source/);
    });

    it('should refuse text where an object belongs', () => {
      const record = {
        ...makeRecord(),
        placement: '</script><script>alert(1)</script>'
      };
      expect(() =>
        decodeSession({ ...makeSession(), cells: [record] })
      ).toThrow(/placement/);
    });

    it('should refuse modules nested without end instead of overflowing', () => {
      type Nested = { children: Nested[] } & Record<string, unknown>;
      const module = (): Nested => ({
        path: 'model',
        class_name: 'Net',
        training: true,
        parameters: 0,
        parameter_bytes: 0,
        buffer_bytes: 0,
        gradient_bytes: 0,
        children: []
      });
      const top = module();
      for (let inner = top, i = 0; i < 50_000; i++) {
        inner.children.push(module());
        inner = inner.children[0];
      }
      const record = { ...makeRecord(), placement: { modules: [top] } };
      expect(() =>
        decodeSession({ ...makeSession(), cells: [record] })
      ).toThrow(/nested/);
    });

    it('should read hostile text as text, megabytes of it too', () => {
      const source = `</script><img src=x onerror=alert(1)>\u202e${'x'.repeat(1e6)}`;
      const session = makeSession([makeRecord({ source })]);
      expect(decodeSession(JSON.stringify(session)).cells![0].source).toBe(
        source
      );
    });

    it('should not let a document reach the prototype of objects', () => {
      const text = JSON.stringify(makeSession()).replace(
        '{',
        '{"__proto__": {"evil": 1}, '
      );
      decodeSession(text);
      expect(({} as Record<string, unknown>).evil).toBeUndefined();
    });
  });

  describe('decodeKernelMessage()', () => {
    it('should read every kind of message', () => {
      const start = {
        type: 'start',
        run_id: 'r',
        cell_id: null,
        execution_count: null,
        started_at: 1,
        source: ''
      };
      const messages = [
        {
          type: 'session',
          session: makeSession(),
          enabled: true,
          running: start
        },
        start,
        {
          type: 'sample',
          run_id: 'r',
          sample: { t_s: 0.1, host_bytes: 5, devices: {} },
          line: 1
        },
        { type: 'end', record: makeRecord() },
        { type: 'status', enabled: false, health: [] },
        { type: 'goodbye' }
      ];
      for (const message of messages) {
        expect(decodeKernelMessage(message)).toBe(message);
      }
    });

    it('should pass over a kind that only a newer version knows', () => {
      expect(decodeKernelMessage({ type: 'weather', rain: true })).toBeNull();
      expect(decodeKernelMessage({ type: 'toString' })).toBeNull();
    });

    it('should refuse a broken message, and a session of another major version', () => {
      expect(() => decodeKernelMessage({ type: 'end' })).toThrow(
        /"end".*record/
      );
      expect(() => decodeKernelMessage({ run_id: 'r' })).toThrow(RecordError);
      const session = { ...makeSession(), schema_version: '3.0' };
      expect(() =>
        decodeKernelMessage({ type: 'session', session, enabled: true })
      ).toThrow(/newer/);
    });
  });
});
