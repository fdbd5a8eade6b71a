import { UUID } from '@lumino/coreutils';

import type { Action, ActionDone } from '../record/_session';
import type { FrontEndMessage } from '../record/messages';

/** An action that cannot be answered any more; the message is a sentence for the user. */
export class ActionError extends Error {
  override readonly name = 'ActionError';
}

interface IWaiting {
  resolve(done: ActionDone): void;
  reject(reason: ActionError): void;
}

/** The actions that the kernel was asked for and has not answered yet. */
export class ActionRequests {
  /** Ask for an action. Rejects with an `ActionError` when no answer can come any more. */
  ask(
    action: Action,
    send: (message: FrontEndMessage) => void
  ): Promise<ActionDone> {
    // Other front ends on the kernel ask, too.
    const id = UUID.uuid4();
    return new Promise((resolve, reject) => {
      this._waiting.set(id, { resolve, reject });
      send({ type: 'action', request_id: id, action });
    });
  }

  /** Take an answer; one that nobody waits for is passed over. */
  answer(done: ActionDone): void {
    this._waiting.get(done.request_id)?.resolve(done);
    this._waiting.delete(done.request_id);
  }

  /** No answer will come. */
  abandon(reason: string): void {
    const waiting = [...this._waiting.values()];
    this._waiting.clear();
    for (const { reject } of waiting) {
      reject(new ActionError(reason));
    }
  }

  private _waiting = new Map<string, IWaiting>();
}
