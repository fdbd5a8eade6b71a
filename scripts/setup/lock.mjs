import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { inRoot } from './paths.mjs';

const file = inRoot('.setup.lock');

/**
 * Do something while no other process of this working copy does the same.
 *
 * `npm start` in one terminal and `npm test` in another would otherwise install and build into the
 * same folders at once.
 * @param {() => Promise<void>} action
 */
export async function exclusively(action) {
  let told = false;
  while (!acquire()) {
    if (!told) {
      process.stdout.write(
        'Waiting for another set-up of this folder to end…\n'
      );
      told = true;
    }
    await sleep(500);
  }
  process.once('exit', release);
  try {
    await action();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}

function acquire() {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') {
      throw error;
    }
  }
  if (!isAlive(owner())) {
    release();
  }
  return false;
}

function release() {
  rmSync(file, { force: true });
}

/** The process that holds the lock; 0 when it was just released. */
function owner() {
  try {
    return Number(readFileSync(file, 'utf8')) || process.pid;
  } catch {
    return process.pid;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
