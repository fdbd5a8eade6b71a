/** What a holder of memory is called, and what is said of it. */
import type { MadeMemory, MemoryShare } from '../../record/_session';
import { formatBytes } from '../../record/units';
import type { ITranslate } from '../state';
import { clip } from '../parts/text';

/** A kind of holder, as it is named beside a name. */
export function kindWords(
  kind: MemoryShare['kind'],
  trans: ITranslate
): string {
  switch (kind) {
    case 'parameters':
      return trans.__('parameters');
    case 'gradients':
      return trans.__('gradients');
    case 'optimizer_state':
      return trans.__('optimizer state');
    case 'tensors':
      return trans.__('tensors');
    case 'graphs':
      return trans.__('autograd graph');
    case 'outputs':
      return trans.__('an output that IPython keeps');
    case 'traceback':
      return trans.__('frames of the last error');
    case 'old_objects':
      return trans.__('bound to the name before');
    case 'cached':
      return trans.__('PyTorch’s cache');
    case 'other_processes':
      return trans.__('other processes');
    case 'let_go':
      return trans.__('let go with the error');
    case 'freed':
      return trans.__('freed, kept by the process');
    case 'process':
      return trans.__('not tensors');
    case 'unknown':
      return trans.__('found in no variable');
  }
}

/** What is said of a holder that has no name. */
export function namelessWords(share: MemoryShare, trans: ITranslate): string {
  return share.kind === 'tensors'
    ? trans.__('small variables')
    : kindWords(share.kind, trans);
}

/** What explains a holder without a name: what it is, and what it is not. */
export function explanation(
  kind: MemoryShare['kind'],
  trans: ITranslate
): string {
  switch (kind) {
    case 'cached':
      return trans.__('free for this program’s next tensors');
    case 'process':
      return trans.__('Python, its libraries, and data that is no tensor');
    case 'unknown':
      return trans.__('in closures, in code of libraries, or not looked at');
    case 'let_go':
      return trans.__('what the failing lines had, such as results in between');
    case 'freed':
      return trans.__('the C library has it for later use');
    default:
      return '';
  }
}

/**
 * What is left of what a run made: `"480 MiB alive: cache"`, `"8 MiB alive, found in no variable"`.
 *
 * @param names - of what holds most of it
 */
export function aliveWords(
  { alive_bytes, unreached_bytes = 0 }: MadeMemory,
  names: string,
  trans: ITranslate
): string[] {
  const held = alive_bytes - unreached_bytes;
  const parts: string[] = [];
  if (held > 0) {
    parts.push(
      names
        ? trans.__('%1 alive: %2', formatBytes(held), names)
        : trans.__('%1 alive', formatBytes(held))
    );
  }
  if (unreached_bytes > 0) {
    parts.push(
      trans.__('%1 alive, found in no variable', formatBytes(unreached_bytes))
    );
  }
  return parts;
}

/** What became of what a run made: `"480 MiB alive · 132 MiB freed in [7]"`. */
export function madeWords(made: MadeMemory, trans: ITranslate): string[] {
  const freed = Object.entries(made.freed ?? {}).sort((a, b) => b[1] - a[1]);
  const parts = freed
    .slice(0, 3)
    .map(([count, bytes]) =>
      count === ''
        ? trans.__('%1 freed by an action', formatBytes(bytes))
        : trans.__('%1 freed in [%2]', formatBytes(bytes), clip(count, 12))
    );
  const rest = freed.slice(3).reduce((sum, [, bytes]) => sum + bytes, 0);
  if (rest > 0) {
    parts.push(trans.__('%1 freed in others', formatBytes(rest)));
  }
  return parts;
}
