import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { isolated, visible } from '../../../src/record/visible';

const { invisible, shown } = JSON.parse(
  readFileSync(join(__dirname, '../fixtures/visible.json'), 'utf8')
) as { invisible: [number, number][]; shown: [string, string][] };

/** The characters that become a sign, as ranges. */
function changed(): [number, number][] {
  const ranges: [number, number][] = [];
  for (let code = 0; code <= 0x10ffff; code++) {
    const text = String.fromCodePoint(code);
    if (visible(text) !== text && text !== '\r') {
      const last = ranges[ranges.length - 1];
      if (last?.[1] === code - 1) {
        last[1] = code;
      } else {
        ranges.push([code, code]);
      }
    }
  }
  return ranges;
}

describe('record/visible', () => {
  it('should take the same characters as Python', () => {
    expect(changed()).toEqual(invisible);
  });

  it.each(shown)('should show %j as Python does', (text, expected) => {
    expect(visible(text)).toBe(expected);
  });

  it('should let nothing out of what is isolated', () => {
    expect(isolated('\u2069\u202eabc')).toBe('\u2068\ufffd\ufffdabc\u2069');
    expect(isolated('שלום')).toBe('\u2068שלום\u2069');
    expect(isolated('model.layers[0]')).toBe('model.layers[0]');
  });
});
