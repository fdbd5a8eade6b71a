/**
 * Reading the wire format: what comes from a kernel, a notebook or a file is validated against
 * the schema that Python generates, before anything is shown. A stranger's document can do
 * nothing but be looked at. Fields that a newer minor version added are kept; documents of the
 * major version before are brought into today's form, kernels have it.
 *
 * This module is a chunk of its own: import it lazily.
 */
import type { KernelMessage } from './messages';
import type { Session } from './_session';
import wire from './session.schema.json';
import { upgrade } from './upgrade';
import type { IProblem, ISchema } from './validator';
import { Validator } from './validator';

/** The major version of the format, as in `record.SCHEMA_VERSION`. */
export const MAJOR = 2;

/** The oldest major version of documents that are read. */
const OLDEST = 1;

/** Containers nested deeper than this are not of our making. */
const MAX_DEPTH = 100;

/** A document or message was refused; the message is a sentence for the user. */
export class RecordError extends Error {
  override readonly name = 'RecordError';
}

/**
 * Read a session.
 *
 * @param data - the document, as parsed JSON or as its text
 * @throws RecordError if it is broken, or of a version that is not read
 */
export function decodeSession(data: unknown): Session {
  const document = typeof data === 'string' ? parse(data) : data;
  const major = majorOf(document);
  check('Session', document, 'This profile');
  const session = document as Session;
  return major < MAJOR ? upgrade(session, `${MAJOR}.0`) : session;
}

/**
 * Read a message of the kernel extension.
 *
 * @returns the message, or `null` if it is of a kind that only a newer version knows
 * @throws RecordError if it is broken, or holds a session of another major version
 */
export function decodeKernelMessage(data: unknown): KernelMessage | null {
  const type = isObject(data) ? data.type : undefined;
  if (typeof type !== 'string') {
    throw new RecordError(
      'A message of the kernel is not a torchprof message.'
    );
  }
  const { mapping } = wire.properties.kernel.discriminator;
  if (!Object.hasOwn(mapping, type)) {
    return null;
  }
  if (type === 'session') {
    const { session } = data as { session?: unknown };
    if (majorOf(session) < MAJOR) {
      throw new RecordError(
        'The kernel has an older jupyterlab-torchprof than this page: ' +
          'update it in the environment of the kernel.'
      );
    }
  }
  const definition = mapping[type as keyof typeof mapping].replace(
    '#/$defs/',
    ''
  );
  check(definition as Definition, data, `A message of the kernel ("${type}")`);
  return data as KernelMessage;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RecordError(
      `This profile is not JSON: ${(error as Error).message}`
    );
  }
}

/** The major version of a document; RecordError if it is none that is read. */
function majorOf(document: unknown): number {
  const version = isObject(document) ? document.schema_version : undefined;
  const match =
    typeof version === 'string' ? /^(\d{1,6})\.\d{1,6}$/.exec(version) : null;
  if (!match) {
    throw new RecordError('This is not a profile of jupyterlab-torchprof.');
  }
  const major = Number(match[1]);
  if (major > MAJOR) {
    throw new RecordError(
      `This profile was made by a newer jupyterlab-torchprof (format ${version}, ` +
        `this one reads up to ${MAJOR}.x): update jupyterlab-torchprof to see it.`
    );
  }
  if (major < OLDEST) {
    throw new RecordError(
      `This profile was made by an older jupyterlab-torchprof (format ${version}, ` +
        `this one reads ${OLDEST}.x to ${MAJOR}.x): profile the notebook again.`
    );
  }
  return major;
}

type Definition = keyof typeof wire.$defs;

/** Its checks are made on first use. */
const validator = new Validator(
  wire.$defs as unknown as Record<Definition, ISchema>
);

function check(definition: Definition, data: unknown, what: string): void {
  if (isDeeperThan(MAX_DEPTH, data)) {
    throw new RecordError(
      `${what} is broken: it is nested more than ${MAX_DEPTH} levels deep.`
    );
  }
  const problem = validator.check(definition)(data);
  if (problem) {
    throw new RecordError(`${what} is broken: ${describe(problem)}.`);
  }
}

function describe({ path, reason }: IProblem): string {
  const where = path.reverse().join('/').slice(0, 200) || 'its top level';
  return `${where}: ${reason.slice(0, 200)}`;
}

/** Goes no deeper than the limit, so that no depth overflows the stack. */
function isDeeperThan(limit: number, data: unknown): boolean {
  if (!isObject(data)) {
    return false;
  }
  if (limit < 0) {
    return true;
  }
  // Most values are neither; asking before calling is what makes this quick.
  if (Array.isArray(data)) {
    for (const inner of data as unknown[]) {
      if (isObject(inner) && isDeeperThan(limit - 1, inner)) {
        return true;
      }
    }
    return false;
  }
  for (const key of Object.keys(data)) {
    const inner = data[key];
    if (isObject(inner) && isDeeperThan(limit - 1, inner)) {
      return true;
    }
  }
  return false;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
