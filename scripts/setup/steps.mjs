import { build } from './build.mjs';
import { exclusively } from './lock.mjs';
import { npmPackages } from './packages.mjs';
import { pythonPackage, pythonPackages } from './python.mjs';

/** Done beside each other; within one, each step may use what those before it made. */
const sides = [[npmPackages, build], [pythonPackages]];
/** Uses what all the others made. */
const last = pythonPackage;
const steps = [...sides.flat(), last];

/**
 * Install and build what is missing or out of date, and nothing else.
 *
 * Prints a line when a step that has something to do begins, and one when it has ended; nothing when
 * there is nothing to do.
 */
export async function setUp() {
  if (steps.every(step => step.isDone())) {
    return;
  }
  await exclusively(async () => {
    // What is missing on this machine is said at once, not after minutes of installing.
    for (const step of steps) {
      step.check?.();
    }
    // All come to an end, also if one fails: nothing may go on to install when this has ended.
    const ends = await Promise.allSettled(sides.map(inOrder));
    const failed = ends.find(end => end.status === 'rejected');
    if (failed) {
      throw failed.reason;
    }
    await inOrder([last]);
  });
}

async function inOrder(side) {
  for (const step of side) {
    if (step.isDone()) {
      continue;
    }
    process.stdout.write(`${step.title}…\n`);
    const started = Date.now();
    await step.run();
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    process.stdout.write(`  ${step.made} in ${seconds} s\n`);
  }
}
