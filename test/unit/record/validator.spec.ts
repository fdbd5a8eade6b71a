import type { Schema } from '@cfworker/json-schema';
import { dereference, validate } from '@cfworker/json-schema';

import wire from '../../../src/record/session.schema.json';
import type { ISchema } from '../../../src/record/validator';
import { Validator } from '../../../src/record/validator';
import { makeInference, makeRecord, makeSession } from '../fixtures/records';

const definitions = wire.$defs as unknown as Record<string, ISchema>;

/** Whether an independent validator, which reads all of JSON Schema, lets it pass. */
const references = dereference(wire as unknown as Schema);
function isValid(definition: keyof typeof wire.$defs, data: unknown): boolean {
  const schema = wire.$defs[definition] as unknown as Schema;
  return validate(data, schema, '2020-12', references).valid;
}

/** Numbers from 0 to 1 that are the same each time. */
function* random(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (state * 48271) % 0x7fffffff;
    yield state / 0x7fffffff;
  }
}

/** Every place in a document, as the object and the key. */
function places(data: unknown): [Record<string, unknown>, string][] {
  return typeof data === 'object' && data !== null
    ? Object.entries(data).flatMap(([key, inner]) => [
        [data as Record<string, unknown>, key] as [
          Record<string, unknown>,
          string
        ],
        ...places(inner)
      ])
    : [];
}

describe('record/validator', () => {
  const validator = new Validator(definitions);

  it('should understand every definition of the wire format', () => {
    for (const name of Object.keys(definitions)) {
      expect(() => validator.check(name)).not.toThrow();
    }
  });

  it('should judge broken documents as another validator does', () => {
    const numbers = random(7);
    const below = (limit: number) =>
      Math.floor((numbers.next().value as number) * limit);
    const strays: unknown[] = [null, true, -1, 0.5, '', 'ok', [], [null], {}];
    const outcomes = { valid: 0, broken: 0 };
    const session = JSON.stringify(
      makeSession([makeInference(), makeRecord({ memory: [] })])
    );
    const check = validator.check('Session');
    for (let round = 0; round < 400; round++) {
      const document = JSON.parse(session);
      const all = places(document);
      const [object, key] = all[below(all.length)];
      const stray = below(strays.length + 1);
      if (stray < strays.length) {
        object[key] = strays[stray];
      } else if (!Array.isArray(object)) {
        delete object[key];
      }
      const valid = isValid('Session', document);
      outcomes[valid ? 'valid' : 'broken'] += 1;
      const problem = check(document);
      expect([problem === null, key, strays[stray], problem]).toEqual([
        valid,
        key,
        strays[stray],
        problem
      ]);
    }
    expect(outcomes.valid).toBeGreaterThan(40);
    expect(outcomes.broken).toBeGreaterThan(100);
  });

  it('should say where and what', () => {
    const check = new Validator({
      Tree: {
        type: 'object',
        properties: {
          size: { type: 'integer', minimum: 0 },
          kind: { enum: ['a', 'b'] },
          children: { type: 'array', items: { $ref: '#/$defs/Tree' } },
          parent: { anyOf: [{ $ref: '#/$defs/Tree' }, { type: 'null' }] }
        },
        required: ['size']
      }
    }).check('Tree');
    const leaf = { size: 1 };
    expect(check({ size: 1, children: [leaf], parent: null })).toBeNull();
    expect(check({ size: 1, children: [leaf, { size: 0.5 }] })).toEqual({
      path: ['size', 1, 'children'],
      reason: 'integer was expected, not number'
    });
    expect(check({ size: -1 })?.reason).toContain('less than 0');
    expect(check({ size: 1, kind: 'c' })?.reason).toContain('"a", "b"');
    expect(check({ size: 1, parent: {} })?.path).toEqual(['parent']);
    expect(check({ size: 1, parent: 7 })?.reason).toContain('object or null');
    expect(check([])?.reason).toContain('object');
  });

  it('should refuse a schema that it does not understand', () => {
    const compile = (schema: ISchema) => () =>
      new Validator({ It: schema }).check('It');
    expect(compile({ type: 'string', pattern: 'a' })).toThrow('pattern');
    expect(compile({ type: 'date' })).toThrow('date');
    expect(compile({ $ref: '#/$defs/Other' })).toThrow('Other');
    expect(compile({ type: 'object', additionalProperties: false })).toThrow(
      'newer'
    );
  });
});
