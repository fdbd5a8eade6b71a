import { PathExt } from '@jupyterlab/coreutils';

/**
 * Where the server has a file of the kernel's, as a path from the server's root.
 *
 * @param path - as a record names it: from the kernel's working directory, from home (`~/…`) or
 *   from the root of the file system
 * @param notebook - path of the notebook on the server; kernels start in its folder
 * @param root - the server's root in the file system, as its page says: it may begin with `~`
 * @returns `null`: it is not below the server's root, as far as that can be told
 */
export function serverPath(
  path: string,
  notebook: string,
  root: string
): string | null {
  if (/^(~|\/|[A-Za-z]:)/.test(path)) {
    const folder = `${root.replace(/\/+$/, '')}/`;
    return root !== '' && path.startsWith(folder) && path !== folder
      ? path.slice(folder.length)
      : null;
  }
  const found = PathExt.join(PathExt.dirname(notebook), path);
  return path === '' || found.startsWith('..') ? null : found;
}
