import { clip } from '../views/parts/text';

/**
 * Text of the record as a label of plotly.js, which reads a little HTML: what would be markup is
 * escaped, and the text's direction stays its own.
 */
export function plotLabel(text: string, length = 60): string {
  const escaped = clip(text, length)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;');
  return `\u2068${escaped}\u2069`;
}
