/** Hands a trace to a Perfetto in another tab, within the browser. */
import { Notification } from '@jupyterlab/apputils';

import type { ITranslate } from '../views/state';

/** Milliseconds between two questions whether it is there. */
const ASK_MS = 200;
/** It loads some megabytes from its own server first. */
const LONGEST_MS = 60_000;
const NEWS_MS = 12_000;

/** A window of the browser, as far as it is needed. */
export type IViewerWindow = Pick<Window, 'postMessage' | 'closed'>;

/**
 * Open an empty tab, which is to become the viewer: to be called within the user's click. The viewer
 * gets no way back to this page.
 *
 * @returns `null`: the browser did not let us
 */
export function openViewer(address: string): IViewerWindow | null {
  const viewer = window.open('', '_blank');
  if (viewer) {
    viewer.opener = null;
    viewer.location.href = address;
  }
  return viewer;
}

/**
 * Read a trace, and give it to the viewer once that answers.
 *
 * @param read - gets it from the kernel
 * @param address - of the viewer; only it gets the trace
 */
export function showTrace(
  read: () => Promise<Uint8Array<ArrayBuffer>>,
  viewer: IViewerWindow | null,
  address: string,
  title: string,
  trans: ITranslate
): void {
  const origin = new URL(address).origin;
  const showing = Promise.all([read(), answered(viewer, origin, trans)]).then(
    ([data]) => {
      viewer?.postMessage(
        {
          perfetto: {
            buffer: data.slice().buffer,
            title,
            fileName: `${title}.json.gz`
          }
        },
        origin
      );
      return title;
    }
  );
  Notification.promise(showing, {
    pending: { message: trans.__('Opening the trace in another tab…') },
    success: {
      message: () =>
        trans.__('The trace is open at %1, in your browser only.', origin),
      options: { autoClose: NEWS_MS }
    },
    error: {
      message: reason => (reason as Error).message,
      options: { autoClose: NEWS_MS }
    }
  });
}

/** When the viewer is there: it answers `PONG` to `PING`. */
async function answered(
  viewer: IViewerWindow | null,
  origin: string,
  trans: ITranslate
): Promise<void> {
  if (!viewer) {
    throw new Error(trans.__('The browser did not open another tab.'));
  }
  const began = Date.now();
  return new Promise((resolve, reject) => {
    const end = () => {
      clearInterval(asking);
      window.removeEventListener('message', hear);
    };
    const hear = ({ source, origin: from, data }: MessageEvent) => {
      if (source === viewer && from === origin && data === 'PONG') {
        end();
        resolve();
      }
    };
    const asking = setInterval(() => {
      if (viewer.closed || Date.now() - began > LONGEST_MS) {
        end();
        reject(new Error(trans.__('%1 did not answer.', origin)));
      } else {
        // Before it is loaded the tab is of another origin, and the browser drops the question.
        viewer.postMessage('PING', origin);
      }
    }, ASK_MS);
    window.addEventListener('message', hear);
  });
}
