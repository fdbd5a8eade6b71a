/** What a person calls a cell: by its heading or comment, else by its first telling line. Pure. */

/** A source may be a megabyte long: its head is looked at only, characters and lines. */
const HEAD = 20_000;
const LINES = 400;
/** Characters of a line. */
const LINE = 500;
/** Characters of a name. */
const NAME = 200;

/** The name of a cell. */
export interface ICellName {
  readonly text: string;
  /** Whether it is a line of code, and not what somebody wrote about it. */
  readonly isCode: boolean;
}

/** Comments that are for tools. */
const DIRECTIVE =
  /^(!|-\*-|type:|noqa|nosec|pragma|(pylint|flake8|ruff|mypy|pyright|isort|fmt|yapf):|TODO|FIXME|XXX|SPDX-|Copyright\b|Licensed\b)/i;
/** Comments that hold code. */
const CODE =
  /^from\s+\S+\s+import\b|^import\s+[\w.]+(\s+as\b|\s*,|$)|^(return|del|assert|raise|global|yield|await)\b|^(for|while|if|elif|else|with|def|class|try|except|async)\b.*:$|^@\w|^[\w.[\]'", ]+\s*[-+*/|&]?=(?!=)|^[\w.]+\(.*\)?$|[;{}\\]$|^\w+\.\w+[.\w]*$|^\w+\[/;

/** Lines that make something empty, to be filled by those that tell. */
const EMPTY =
  /^\w+\s*(:[^=]+)?=\s*(\[\]|\{\}|\(\)|None|0(\.0*)?|''|""|(dict|list|set|\w*[Dd]ict)\(\w*\))$/;

/** Lines that make chance repeat itself. */
const SEED = /^(\w+\.)*(manual_seed(_all)?|seed|set_seed|seed_everything)\(/;

/**
 * The name of the cell. A comment counts where it stands before the code, and reads as prose;
 * imports, magics, decorators, seeds and what is made empty are passed over as long as there is
 * anything else.
 */
export function cellName(source: string): ICellName {
  const lines = source
    .slice(0, HEAD)
    .split(/\r\n|\r|\n/, LINES)
    .map(line => line.trim().slice(0, LINE))
    .filter(line => line !== '');
  for (let at = 0; at < lines.length; at = statementEnd(lines, at)) {
    const line = lines[at];
    const comment = commentOf(line);
    if (comment !== null) {
      if (isProse(comment)) {
        return { text: comment.slice(0, NAME), isCode: false };
      }
    } else if (!isPreamble(line)) {
      return { text: line.slice(0, NAME), isCode: true };
    }
  }
  const rest = lines.find(line => !/^[#%!@]/.test(line)) ?? lines[0] ?? '';
  return { text: rest.slice(0, NAME), isCode: true };
}

/** What a comment says, without signs, rulers and the marks of editors; `null` for no comment. */
function commentOf(line: string): string | null {
  if (!line.startsWith('#')) {
    return null;
  }
  return line
    .replace(/^#\s*@(title|markdown)\b/, '#')
    .replace(/^#+\s*%%(\s*\[\w+\])?/, '#')
    .replace(/\{[^{}]*\}$/, '')
    .replace(/^#[#\s\-=*_~:]*/, '')
    .replace(/[#\s\-=*_~]*$/, '');
}

function isProse(text: string): boolean {
  return /\p{L}{2}/u.test(text) && !DIRECTIVE.test(text) && !CODE.test(text);
}

/** What stands at the head of many cells, and tells none from another. */
function isPreamble(line: string): boolean {
  return (
    /^([%!@]|import\s|from\s+[\w.]+\s+import\b)/.test(line) ||
    EMPTY.test(line) ||
    SEED.test(line)
  );
}

/** The line after the statement that begins here; only that of a preamble is followed. */
function statementEnd(lines: readonly string[], start: number): number {
  if (!/^(@|import\s|from\s)/.test(lines[start])) {
    return start + 1;
  }
  let depth = 0;
  for (let at = start; at < lines.length; at++) {
    const code = lines[at].replace(/(['"]).*?\1|#.*$/g, '');
    depth += (code.match(/[([{]/g) ?? []).length;
    depth -= (code.match(/[)\]}]/g) ?? []).length;
    if (depth <= 0 && !code.endsWith('\\')) {
      return at + 1;
    }
  }
  return lines.length;
}
