/**
 * Checks documents against the JSON Schema that Python generates.
 *
 * The schema is turned into closures once; nothing is generated as source, so it works under a
 * strict content security policy. A document that fits costs no allocation, which is what makes a
 * session of a thousand runs readable in milliseconds. A keyword that is not known here is
 * refused when the schema is read, so none is ever passed over in silence.
 */

/** What is wrong with a document. */
export interface IProblem {
  /** Where, from the innermost key to the outermost. */
  readonly path: (string | number)[];
  /** What should be there, as the end of a sentence. */
  readonly reason: string;
}

/** Returns what is wrong with a value first, or `null`. */
export type Check = (value: unknown) => IProblem | null;

/** The part of JSON Schema that msgspec writes. */
export interface ISchema {
  readonly [keyword: string]: unknown;
}

type JSONType = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object';

/** Say nothing of what is allowed. */
const ANNOTATIONS = new Set([
  '$schema',
  'default',
  'description',
  'discriminator',
  'title'
]);

/** What each type of the schema may say beside its `type`. */
const KEYWORDS: Record<string, readonly string[]> = {
  null: [],
  boolean: [],
  string: ['enum'],
  number: ['minimum', 'enum'],
  integer: ['minimum', 'enum'],
  array: ['items'],
  object: ['properties', 'required', 'additionalProperties']
};

const REFERENCE = '#/$defs/';

/** The checks of a schema's definitions, made when they are first asked for. */
export class Validator {
  constructor(
    private readonly _definitions: Readonly<Record<string, ISchema>>
  ) {}

  /**
   * The check of one definition. A value that is nested without end would overflow the stack:
   * limit its depth before.
   *
   * @throws Error if there is no such definition, or it says what is not understood
   */
  check(definition: string): Check {
    return this._reference(`${REFERENCE}${definition}`);
  }

  private _reference(reference: string): Check {
    const name = reference.slice(REFERENCE.length);
    const known = this._checks.get(name);
    if (known) {
      return known;
    }
    if (!reference.startsWith(REFERENCE) || !this._definitions[name]) {
      throw new Error(`The schema has no definition ${reference}.`);
    }
    // A definition may refer to itself: its check is looked up when it is needed.
    let check: Check | null = null;
    const later: Check = value => check!(value);
    this._checks.set(name, later);
    check = this._compile(this._definitions[name]);
    this._checks.set(name, check);
    return check;
  }

  private _compile(schema: ISchema): Check {
    const keywords = Object.keys(schema).filter(key => !ANNOTATIONS.has(key));
    if (keywords.length === 0) {
      return () => null;
    }
    if (typeof schema.$ref === 'string') {
      expectOnly(keywords, ['$ref']);
      return this._reference(schema.$ref);
    }
    if (Array.isArray(schema.anyOf)) {
      expectOnly(keywords, ['anyOf']);
      return this._anyOf(schema.anyOf as ISchema[]);
    }
    if (schema.type === undefined && schema.enum) {
      expectOnly(keywords, ['enum']);
      return oneOf(schema.enum as unknown[]);
    }
    const type = String(schema.type);
    expectOnly(keywords, ['type', ...(KEYWORDS[type] ?? [])]);
    switch (type) {
      case 'null':
        return value => (value === null ? null : problem('null', value));
      case 'boolean':
      case 'string':
        return schema.enum
          ? oneOf(schema.enum as unknown[])
          : value => (typeof value === type ? null : problem(type, value));
      case 'number':
      case 'integer':
        return schema.enum
          ? oneOf(schema.enum as unknown[])
          : numeric(type, schema.minimum as number | undefined);
      case 'array':
        return this._array(schema);
      case 'object':
        return this._object(schema);
      default:
        throw new Error(`The schema has an unknown type ${type}.`);
    }
  }

  /** The alternatives differ by type, or else the first that fits decides. */
  private _anyOf(alternatives: readonly ISchema[]): Check {
    const byType = new Map<JSONType, Check[]>();
    for (const schema of alternatives) {
      const check = this._compile(schema);
      for (const type of this._typesOf(schema)) {
        byType.set(type, [...(byType.get(type) ?? []), check]);
      }
    }
    const types = [...byType.keys()].join(' or ');
    return value => {
      const checks = byType.get(typeOf(value));
      if (!checks) {
        return problem(types, value);
      }
      let worst: IProblem | null = null;
      for (const check of checks) {
        const found = check(value);
        if (found === null) {
          return null;
        }
        // The one that got furthest is most likely the one that was meant.
        if (worst === null || found.path.length > worst.path.length) {
          worst = found;
        }
      }
      return worst;
    };
  }

  private _typesOf(schema: ISchema): JSONType[] {
    if (typeof schema.$ref === 'string') {
      const name = schema.$ref.slice(REFERENCE.length);
      return this._typesOf(this._definitions[name] ?? {});
    }
    if (Array.isArray(schema.anyOf)) {
      return (schema.anyOf as ISchema[]).flatMap(inner => this._typesOf(inner));
    }
    if (Array.isArray(schema.enum)) {
      return [...new Set(schema.enum.map(typeOf))];
    }
    if (schema.type === undefined) {
      return ['null', 'boolean', 'number', 'string', 'array', 'object'];
    }
    return [schema.type === 'integer' ? 'number' : (schema.type as JSONType)];
  }

  private _array(schema: ISchema): Check {
    const item = this._compile((schema.items ?? {}) as ISchema);
    return value => {
      if (!Array.isArray(value)) {
        return problem('array', value);
      }
      for (let index = 0; index < value.length; index++) {
        const found = item(value[index]);
        if (found !== null) {
          found.path.push(index);
          return found;
        }
      }
      return null;
    };
  }

  private _object(schema: ISchema): Check {
    const properties = Object.entries(
      (schema.properties ?? {}) as Record<string, ISchema>
    ).map(([key, inner]) => [key, this._compile(inner)] as const);
    const required = (schema.required ?? []) as string[];
    const others = schema.additionalProperties
      ? this._compile(schema.additionalProperties as ISchema)
      : null;
    if (schema.additionalProperties === false) {
      throw new Error('The schema refuses what newer versions add.');
    }
    const named = new Set(properties.map(([key]) => key));
    return value => {
      if (typeOf(value) !== 'object') {
        return problem('object', value);
      }
      const object = value as Record<string, unknown>;
      for (const key of required) {
        if (!Object.hasOwn(object, key)) {
          return { path: [], reason: `"${key}" is missing` };
        }
      }
      for (const [key, check] of properties) {
        const inner = object[key];
        // `undefined` is not of JSON: the key is not there.
        const found = inner === undefined ? null : check(inner);
        if (found !== null) {
          found.path.push(key);
          return found;
        }
      }
      if (others) {
        for (const key of Object.keys(object)) {
          const found = named.has(key) ? null : others(object[key]);
          if (found !== null) {
            found.path.push(key);
            return found;
          }
        }
      }
      return null;
    };
  }

  private readonly _checks = new Map<string, Check>();
}

function numeric(type: string, minimum = -Infinity): Check {
  const isInteger = type === 'integer';
  return value => {
    if (typeof value !== 'number' || (isInteger && !Number.isInteger(value))) {
      return problem(type, value);
    }
    return value >= minimum
      ? null
      : { path: [], reason: `${value} is less than ${minimum}` };
  };
}

function oneOf(values: readonly unknown[]): Check {
  const allowed = new Set(values);
  return value =>
    allowed.has(value)
      ? null
      : {
          path: [],
          reason: `not one of ${values.map(value => JSON.stringify(value)).join(', ')}`
        };
}

function problem(expected: string, value: unknown): IProblem {
  return {
    path: [],
    reason: `${expected} was expected, not ${typeOf(value)}`
  };
}

function expectOnly(
  keywords: readonly string[],
  known: readonly string[]
): void {
  const unknown = keywords.filter(keyword => !known.includes(keyword));
  if (unknown.length > 0) {
    throw new Error(`The schema has an unknown keyword ${unknown.join()}.`);
  }
}

function typeOf(value: unknown): JSONType {
  if (value === null) {
    return 'null';
  }
  return Array.isArray(value) ? 'array' : (typeof value as JSONType);
}
