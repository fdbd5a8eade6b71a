/** `npm run screenshots`: the pictures in `docs/images`, taken of the real thing. */
import { defineConfig } from '@playwright/test';

import tests from '../playwright.config.mjs';

export default defineConfig(tests, {
  testDir: '.',
  testMatch: '*.shots.ts',
  globalTeardown: '../server/teardown.ts',
  timeout: 600_000
});
