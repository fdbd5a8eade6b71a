/** A translator that marks what went through it, and what a view shows that did not. */
import type { ITranslate } from '../../src/views/state';

const [OPEN, CLOSE] = ['⟦', '⟧'];

/** Wraps each string in ⟦ and ⟧. */
export const pseudo: ITranslate = {
  __: (text, ...values) => `${OPEN}${fill(text, values)}${CLOSE}`,
  _n: (singular, plural, n, ...values) =>
    // As JupyterLab's: the number is the first value.
    `${OPEN}${fill(n === 1 ? singular : plural, [n, ...values])}${CLOSE}`
};

function fill(text: string, values: readonly (string | number)[]): string {
  return text.replace(/%(\d)/g, (_, place) => String(values[place - 1] ?? ''));
}

/** A paragraph, in which code stands in elements of its own. */
const PROSE = '.jp-Torchprof-prose';

/** Attributes that people see or hear. */
const ATTRIBUTES = [
  'alt',
  'aria-description',
  'aria-label',
  'aria-roledescription',
  'aria-valuetext',
  'placeholder',
  'title'
];

/** Units, and names of things that are called the same in every language. */
const NEUTRAL = new Set(
  `B KiB MiB GiB TiB PiB s ms µs us min h d ns
   CPU GPU CUDA CPUs GPUs HTML JSON PyTorch Python IPython JupyterLab DataLoader
   x cpu cuda host jupyterlab torchprof AM PM`.split(/\s+/)
);

/** Fields of a record that are sentences; the kernel writes them, in English. */
const SENTENCES = new Set([
  'explanation',
  'evidence',
  'message',
  'refusal',
  'summary',
  'text',
  'title'
]);

/**
 * The session with its sentences replaced, so that a word of a view that happens to stand in one of
 * them does not pass for data.
 */
export function withoutSentences<T>(data: T): T {
  const walk = (value: unknown, isSentence: boolean): unknown => {
    if (typeof value === 'string') {
      return isSentence ? 'Datum' : value;
    }
    if (Array.isArray(value)) {
      return value.map(item => walk(item, isSentence));
    }
    return typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value).map(([key, inner]) => [
            key,
            walk(inner, SENTENCES.has(key))
          ])
        )
      : value;
  };
  return walk(data, false) as T;
}

/**
 * Words that can be read or heard in an element and went through no translator, each with the text
 * that it stands in. Words of the data, numbers and units are not counted.
 */
export function untranslated(element: Element, data: unknown): string[] {
  const known = wordsOf(data);
  const found: string[] = [];
  const check = (text: string, where: string) => {
    const left = words(outside(text)).filter(
      word => !known.has(word) && !NEUTRAL.has(word)
    );
    if (left.length > 0) {
      found.push(`${left.join(' ')} (${where}: ${text.trim().slice(0, 120)})`);
    }
  };
  for (const prose of element.querySelectorAll(PROSE)) {
    check(prose.textContent ?? '', PROSE);
  }
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { parentElement } = texts.currentNode;
    if (!parentElement?.closest(`style, script, code, pre, ${PROSE}`)) {
      check(
        texts.currentNode.textContent ?? '',
        `<${parentElement?.localName} class="${parentElement?.className}">`
      );
    }
  }
  for (const inner of [element, ...element.querySelectorAll('*')]) {
    for (const name of ATTRIBUTES) {
      check(inner.getAttribute(name) ?? '', name);
    }
  }
  return [...new Set(found)];
}

/** What stands outside of all marks. */
function outside(text: string): string {
  let depth = 0;
  let left = '';
  for (const character of text) {
    if (character === OPEN) {
      depth += 1;
      left += ' ';
    } else if (character === CLOSE) {
      depth = Math.max(0, depth - 1);
    } else if (depth === 0) {
      left += character;
    }
  }
  return left;
}

/** The words of what does not change, which one view after the other shows. */
const read = new WeakMap<object, Set<string>>();

/** The words of all keys and texts of the data. */
function wordsOf(data: unknown): Set<string> {
  if (typeof data === 'string') {
    return new Set(words(data));
  }
  if (typeof data !== 'object' || data === null) {
    return new Set();
  }
  let found = read.get(data);
  if (!found) {
    found = new Set(Object.keys(data).flatMap(words));
    for (const value of Object.values(data)) {
      wordsOf(value).forEach(word => found!.add(word));
    }
    read.set(data, found);
  }
  return found;
}

function words(text: string): string[] {
  return text.match(/\p{L}{2,}/gu) ?? [];
}
