/**
 * Text from a record. It may come from a stranger's file: it is cut to a length that cannot hurt
 * the page, isolated from the direction of the text around it, and never becomes HTML. What would
 * act or hide in it is made visible.
 */
import * as React from 'react';

import { visible } from '../../record/visible';

/** Characters shown of a name, a path or a line of code. */
const INLINE = 200;
/** Characters of a tooltip. */
const TITLE = 1000;
/** Characters shown of a paragraph. */
const PARAGRAPH = 2000;

/** The first `length` characters, all of them visible, with an ellipsis where there were more. */
export function clip(text: string, length: number): string {
  if (text.length <= length) {
    return visible(text);
  }
  // Half of a surrogate pair would be drawn as a replacement character.
  const pair = /[\ud800-\udbff]/.test(text[length - 1]);
  return `${visible(text.slice(0, pair ? length - 1 : length))}…`;
}

/** Text of the record in a line of our own. The whole of it is in the tooltip. */
export function Text(props: { value: string; length?: number }): JSX.Element {
  return (
    <bdi title={clip(props.value, TITLE)}>
      {clip(props.value, props.length ?? INLINE)}
    </bdi>
  );
}

/** A name or an expression as the user wrote it. */
export function Code(props: { value: string; length?: number }): JSX.Element {
  return (
    <code className="jp-Torchprof-code">
      <Text {...props} />
    </code>
  );
}

/** A sentence in which names stand between backticks. */
export function Prose(props: { text: string; length?: number }): JSX.Element {
  const parts = clip(props.text, props.length ?? PARAGRAPH).split('`');
  // Without its partner the last backtick is an ordinary character.
  const lone = parts.length % 2 === 0 ? `\`${parts.pop() ?? ''}` : null;
  if (lone !== null) {
    parts[parts.length - 1] += lone;
  }
  return (
    <bdi className="jp-Torchprof-prose">
      {parts.map((part, index) =>
        index % 2 === 1 ? <Code key={index} value={part} /> : part
      )}
    </bdi>
  );
}
