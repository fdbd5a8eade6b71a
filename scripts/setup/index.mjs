/** `npm run setup`: install and build everything that `npm start` and `npm test` need. */
import { runMain } from './run.mjs';
import { setUp } from './steps.mjs';

await runMain(async () => {
  await setUp();
  process.stdout.write('Everything is installed and built.\n');
});
