import * as React from 'react';

import { clip, Prose, Text } from '../../../../src/views/parts/text';
import { cleanUp, get, render } from '../render';

describe('clip', () => {
  it('should cut with an ellipsis, and only what is too long', () => {
    expect(clip('abc', 3)).toBe('abc');
    expect(clip('abcd', 3)).toBe('abc…');
  });

  it('should not cut a character in two', () => {
    expect(clip('ab🔥c', 3)).toBe('ab…');
    expect(clip('a🔥c', 3)).toBe('a🔥…');
  });
});

describe('Text', () => {
  afterEach(cleanUp);

  it('should isolate its direction and keep the whole in the tooltip', () => {
    const element = get(render(<Text value={'\u202eabc'} length={2} />), 'bdi');
    expect(element.textContent).toBe('\ufffda…');
    expect(element.title).toBe('\ufffdabc');
  });
});

describe('Prose', () => {
  afterEach(cleanUp);

  function html(text: string): string {
    return render(<Prose text={text} />).innerHTML.replace(
      / (class|title)="[^"]*"/g,
      ''
    );
  }

  it('should set names between backticks as code', () => {
    expect(html('`x` keeps `y`.')).toBe(
      '<bdi><code><bdi>x</bdi></code> keeps <code><bdi>y</bdi></code>.</bdi>'
    );
  });

  it('should take a backtick without partner as it is', () => {
    expect(html('a ` b')).toBe('<bdi>a ` b</bdi>');
  });

  it('should never make markup of text', () => {
    expect(html('<b>`<i>`')).toBe(
      '<bdi>&lt;b&gt;<code><bdi>&lt;i&gt;</bdi></code></bdi>'
    );
  });
});
