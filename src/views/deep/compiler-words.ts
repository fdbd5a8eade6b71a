/** What the compiler did, in words. */
import type { DeepCompilation } from '../../record/_session';
import { formatDuration } from '../../record/units';
import type { ITranslate } from '../state';

/** The compiler's own pages about its reasons; a record may name any other. */
const PAGES =
  /^https:\/\/(meta-pytorch\.github\.io|pytorch\.org|docs\.pytorch\.org)\/[\w./#-]*$/;

/** `"2 breaks, compiled again 3 times, 1.2 s"`. */
export function compilerSummary(
  entries: readonly DeepCompilation[],
  trans: ITranslate
): string {
  const count = (kind: string) =>
    entries
      .filter(entry => entry.kind === kind)
      .reduce((sum, entry) => sum + (entry.count ?? 1), 0);
  const breaks = entries.filter(({ kind }) => kind === 'break').length;
  const again = count('recompiled');
  const seconds = entries.reduce((sum, entry) => sum + (entry.seconds ?? 0), 0);
  return [
    breaks > 0 ? trans._n('%1 break', '%1 breaks', breaks) : '',
    again > 0
      ? trans._n('compiled again once', 'compiled again %1 times', again)
      : '',
    formatDuration(seconds)
  ]
    .filter(part => part !== '')
    .join(', ');
}

/** What happened there. */
export function kindWords(
  { kind, count }: DeepCompilation,
  trans: ITranslate
): string {
  const times = count ?? 1;
  switch (kind) {
    case 'break':
      return trans.__('graph break');
    case 'recompiled':
      return trans._n('compiled again', 'compiled again, %1 times', times);
    default:
      return trans._n('compiled', 'compiled, %1 times', times);
  }
}

/** The page about a break, if it is one of PyTorch's. */
export function pageOf({ url }: DeepCompilation): string | null {
  return url && PAGES.test(url) ? url : null;
}
