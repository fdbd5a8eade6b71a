/** Loads the kernel extension without a trace in the user's namespace, history or output. */
import type { Connection, ITranslate } from '../views/state';
import type { Evaluation, IKernelPort } from './port';

const MODULE = 'jupyterlab_torchprof';

/** What there is to install: the wheel that JupyterLab's own environment has. */
const WHEEL = `${MODULE}-*.whl`;

/** The line that puts the package into the environment of the notebook's kernel. */
const INSTALL_LINE = `%pip install ${WHEEL}`;

/** The line for a package, or for IPython, that is there and too old or broken. */
const UPGRADE_LINE = `%pip install --upgrade ${WHEEL}`;

/** How often loading is tried again when an earlier cell's failure swept it away. */
const MAX_TRIES = 5;

/** The oldest IPython whose events tell which cell runs. */
const OLDEST_IPYTHON = '8.3';

/** What came of loading. */
export type LoadResult =
  | { kind: 'loaded' }
  /** The package is not in the kernel's environment. */
  | { kind: 'missing' }
  /** It is there and cannot be used; the message says why. */
  | { kind: 'failed'; message: string }
  /** Nothing was learnt: an earlier cell failed, or the user interrupted. */
  | { kind: 'aborted' };

/**
 * What runs in the kernel. `load_extension` prints nothing, unlike the magic. Errors are caught
 * here, not by IPython, which would overwrite the `sys.last_traceback` that `%debug` needs.
 */
const PROGRAM = `
def load():
    import importlib
    import IPython
    shell = IPython.get_ipython()
    if shell is None:
        return "failed", "This kernel is not IPython."
    oldest = (${OLDEST_IPYTHON.replace('.', ', ')})
    if IPython.version_info[:2] < oldest:
        return "failed", "IPython " + IPython.__version__ + " is too old: ${OLDEST_IPYTHON} or newer is needed."
    importlib.invalidate_caches()
    try:
        answer = shell.extension_manager.load_extension("${MODULE}")
    except ModuleNotFoundError as error:
        if error.name == "${MODULE}":
            return "missing", ""
        return "failed", "ModuleNotFoundError: " + str(error)
    except Exception as error:
        return "failed", type(error).__name__ + ": " + str(error)[:500]
    if answer == "no load function":
        return "failed", "The module ${MODULE} in this environment is not the kernel extension."
    return "loaded", ""

import json, urllib.parse
answer = urllib.parse.quote(json.dumps(load()))
`;

/**
 * One expression: it runs the program in a namespace of its own. The answer comes back as the
 * `repr` of a percent-encoded text, which has nothing to unescape.
 */
const EXPRESSION =
  `(lambda names: (exec(${JSON.stringify(PROGRAM)}, names), names["answer"])[1])` +
  '({"__name__": "torchprof_load"})';

/**
 * Load the kernel extension; loading it twice is harmless.
 *
 * @param wanted - whether the result still matters; asked before each try
 * @returns `aborted` if no try got through, or it is not wanted any more
 * @throws when the kernel restarts or the connection ends first
 */
export async function loadKernelExtension(
  port: Pick<IKernelPort, 'evaluate'>,
  wanted: () => boolean = () => true
): Promise<LoadResult> {
  for (let tries = 0; tries < MAX_TRIES && wanted(); tries++) {
    const result = resultOf(await port.evaluate(EXPRESSION));
    if (result.kind !== 'aborted') {
      return result;
    }
    // A cell before the request failed, or was interrupted, and took the queue with it. By now
    // the queue is empty, so that another try gets through.
  }
  return { kind: 'aborted' };
}

/** What the panel says of a result, and what the user can do about it. */
export function explain(
  result: LoadResult & { kind: 'missing' | 'failed' },
  trans: ITranslate
): Connection {
  return result.kind === 'missing'
    ? {
        kind: 'missing',
        message: trans.__(
          "The package jupyterlab-torchprof is not in this kernel's environment."
        ),
        install: INSTALL_LINE
      }
    : {
        kind: 'missing',
        message: trans.__(
          'The kernel extension could not be loaded: %1',
          result.message
        ),
        install: UPGRADE_LINE
      };
}

function resultOf(evaluation: Evaluation): LoadResult {
  if (evaluation.kind === 'aborted') {
    return evaluation;
  }
  if (evaluation.kind === 'error') {
    return {
      kind: 'failed',
      message: `${evaluation.name}: ${evaluation.message}`
    };
  }
  try {
    const [kind, message] = JSON.parse(
      decodeURIComponent(evaluation.text.slice(1, -1))
    ) as [string, string];
    if (kind === 'loaded' || kind === 'missing') {
      return { kind };
    }
    return { kind: 'failed', message };
  } catch {
    return { kind: 'failed', message: evaluation.text.slice(0, 200) };
  }
}
