import { readFileSync, readdirSync } from 'fs';

/** Properties that make something move by itself. */
const MOVES = /^(animation|transition|scroll-behavior)/;

/** Declarations of a style sheet, each with the blocks that it stands in. */
function* declarations(
  css: string
): Iterable<{ property: string; blocks: string[] }> {
  const blocks: string[] = [];
  const text = css.replace(/\/\*[^]*?\*\//g, '');
  let start = 0;
  for (let place = 0; place < text.length; place++) {
    const piece = () => text.slice(start, place).trim();
    if (text[place] === '{') {
      blocks.push(piece());
    } else if (text[place] === ';' || text[place] === '}') {
      const property = /^(-?[a-z-]+)\s*:/.exec(piece())?.[1];
      if (property) {
        yield { property, blocks: [...blocks] };
      }
      if (text[place] === '}') {
        blocks.pop();
      }
    } else {
      continue;
    }
    start = place + 1;
  }
}

/** What moves although the user may not want anything to. */
function restless(css: string): string[] {
  return [...declarations(css)]
    .filter(
      ({ property, blocks }) =>
        MOVES.test(property) &&
        !blocks.some(block =>
          block.includes('prefers-reduced-motion: no-preference')
        )
    )
    .map(({ property, blocks }) => `${blocks.join(' { ')} { ${property}`);
}

describe('style', () => {
  const files = readdirSync('style').filter(name => name.endsWith('.css'));

  it('should see what moves', () => {
    const motion = '@media (prefers-reduced-motion: no-preference)';
    const css = `${motion} { .a { transition: color 1s; } } .b { color: c; animation: x 1s }`;
    expect(restless(css)).toEqual(['.b { animation']);
  });

  it.each(files)('should move nothing unless that is wanted: %s', name => {
    expect(restless(readFileSync(`style/${name}`, 'utf8'))).toEqual([]);
  });
});
