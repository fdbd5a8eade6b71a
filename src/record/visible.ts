/**
 * Text of strangers as it is shown: what would act, or hide, becomes a visible sign. The list is
 * that of `INVISIBLE` in `quote.py`; one fixture holds both to the same characters.
 */

/** First and last of each range. Joiners are not among them: scripts and emoji need them. */
const INVISIBLE: readonly (readonly [number, number])[] = [
  [0x00, 0x08], // controls, without tab and line feed
  [0x0b, 0x0c],
  [0x0e, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad], // a hyphen that is mostly not there
  [0x061c, 0x061c], // directions of writing, also of what stands beside the text
  [0x180e, 0x180e],
  [0x200b, 0x200b], // no space at all
  [0x200e, 0x200f],
  [0x2028, 0x202e], // ends of lines and of paragraphs, then directions again
  [0x2060, 0x206f],
  [0xd800, 0xdfff], // halves of characters
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffb],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe007f] // a second, invisible ASCII
];

const SIGN = '\ufffd';

const hex = (code: number) => `\\u{${code.toString(16)}}`;
const ACTS = new RegExp(
  `[${INVISIBLE.map(([first, last]) => `${hex(first)}-${hex(last)}`).join('')}]`,
  'gu'
);

/**
 * The same text without anything that acts on its surroundings or hides; lines stay. A carriage
 * return counts only before a line feed.
 */
export function visible(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(/\r/g, SIGN).replace(ACTS, SIGN);
}

/**
 * Text of strangers to be put among words of ours: its direction ends where it ends. Only where it
 * could have another: searching and reading aloud go better without.
 */
export function isolated(text: string): string {
  return /^[ -~…]*$/.test(text) ? text : `\u2068${visible(text)}\u2069`;
}
