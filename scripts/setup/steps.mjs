import { build } from './build.mjs';
import { exclusively } from './lock.mjs';
import { npmPackages } from './packages.mjs';
import { pythonPackage, pythonPackages } from './python.mjs';

/** In order: each step may use what those before it made. */
const steps = [npmPackages, pythonPackages, build, pythonPackage];

/**
 * Install and build what is missing or out of date, and nothing else.
 *
 * Prints one line for each step that has something to do; nothing when there is nothing to do.
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
    for (const step of steps) {
      if (step.isDone()) {
        continue;
      }
      process.stdout.write(`${step.title}…\n`);
      const started = Date.now();
      await step.run();
      process.stdout.write(
        `  done in ${((Date.now() - started) / 1000).toFixed(1)} s\n`
      );
    }
  });
}
