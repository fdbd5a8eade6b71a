import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync
} from 'node:fs';
import { dirname, join } from 'node:path';

import { inRoot } from './paths.mjs';

/**
 * A digest of files, of all files below folders, and of other text that a step depends on.
 * @param {string[]} paths Below the root; those that do not exist count as absent.
 * @param {string[]} [others]
 * @returns {string}
 */
export function digest(paths, others = []) {
  const hash = createHash('sha256');
  for (const path of paths) {
    for (const file of filesBelow(inRoot(path))) {
      hash.update(file).update('\0').update(readFileSync(file)).update('\0');
    }
  }
  for (const other of others) {
    hash.update(other).update('\0');
  }
  return hash.digest('hex');
}

/**
 * Whether a step was last done for these inputs.
 * @param {string} stamp The file that remembers the digest; it stands beside the step's output, so
 * that whoever deletes the output has the step run again.
 * @param {string} inputs The digest now.
 * @param {string[]} outputs Files that must be there.
 */
export function isDone(stamp, inputs, outputs) {
  return (
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === inputs &&
    outputs.every(output => existsSync(output))
  );
}

/** Remember that a step was done for these inputs. */
export function markDone(stamp, inputs) {
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, inputs);
}

/** The files below a folder, or the file itself, in a fixed order. */
function filesBelow(path) {
  if (!existsSync(path)) {
    return [];
  }
  if (!statSync(path).isDirectory()) {
    return [path];
  }
  return readdirSync(path)
    .sort()
    .flatMap(name => filesBelow(join(path, name)));
}
