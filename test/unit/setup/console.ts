/** A test in which something complains on the console fails, unless it expects the complaint. */
import { format } from 'node:util';

const complaints: string[] = [];

for (const kind of ['warn', 'error'] as const) {
  // A test that expects one replaces this function by `jest.spyOn`.
  // eslint-disable-next-line no-console -- it is what is watched
  console[kind] = (...values: unknown[]) => {
    complaints.push(`console.${kind}: ${format(...values)}`);
  };
}

afterEach(() => {
  const found = complaints.splice(0);
  if (found.length > 0) {
    throw new Error(found.join('\n'));
  }
});
