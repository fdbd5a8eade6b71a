/** Where the lines of the source that ran stand in the source as it is now. */

/** Above this many lines on a side, a changed stretch is not compared: that is quadratic. */
const COMPARED = 400;

/**
 * For each line of `before` (from zero) its place in `after`, -1 for a line that was changed or
 * taken out.
 */
export function mapLines(before: string, after: string): Int32Array {
  const old = before.split('\n');
  const now = after.split('\n');
  const map = new Int32Array(old.length).fill(-1);
  const least = Math.min(old.length, now.length);
  let head = 0;
  while (head < least && old[head] === now[head]) {
    map[head] = head;
    head += 1;
  }
  let tail = 0;
  while (
    tail < least - head &&
    old[old.length - 1 - tail] === now[now.length - 1 - tail]
  ) {
    map[old.length - 1 - tail] = now.length - 1 - tail;
    tail += 1;
  }
  matchRest(
    old.slice(head, old.length - tail),
    now.slice(head, now.length - tail),
    (i, j) => {
      map[head + i] = head + j;
    }
  );
  return map;
}

/** Where a line (from one) of `before` stands in `after`; `null`: it was changed or taken out. */
export function lineNow(
  before: string,
  after: string,
  line: number
): number | null {
  const now =
    before === after ? line - 1 : (mapLines(before, after)[line - 1] ?? -1);
  return now < 0 ? null : now + 1;
}

/** The longest common subsequence of what is left between. */
function matchRest(
  old: readonly string[],
  now: readonly string[],
  match: (i: number, j: number) => void
): void {
  if (old.length > COMPARED || now.length > COMPARED) {
    return;
  }
  const common = old.map(() => new Uint16Array(now.length + 1));
  common.push(new Uint16Array(now.length + 1));
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      common[i][j] =
        old[i] === now[j]
          ? common[i + 1][j + 1] + 1
          : Math.max(common[i + 1][j], common[i][j + 1]);
    }
  }
  for (let i = 0, j = 0; i < old.length && j < now.length;) {
    if (old[i] === now[j]) {
      match(i++, j++);
    } else if (common[i + 1][j] >= common[i][j + 1]) {
      i += 1;
    } else {
      j += 1;
    }
  }
}
