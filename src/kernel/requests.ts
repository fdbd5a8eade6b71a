import { UUID } from '@lumino/coreutils';

import type {
  ActionDone,
  DoctorDone,
  ReplayDone,
  RoofsDone,
  TracePart
} from '../record/_session';

/** A request that cannot be answered any more; the message is a sentence for the user. */
export class ActionError extends Error {
  override readonly name = 'ActionError';
}

/** What the kernel answers to a request. */
type Answer = ActionDone | DoctorDone | ReplayDone | RoofsDone | TracePart;

interface IWaiting {
  resolve(answer: Answer): void;
  reject(reason: ActionError): void;
}

/** What the kernel was asked for and has not answered yet. */
export class KernelRequests {
  /**
   * Ask the kernel. Rejects with an `ActionError` when no answer can come any more.
   *
   * @param ask - sends the request under this id
   */
  ask<T extends Answer>(ask: (request_id: string) => void): Promise<T> {
    // Other front ends on the kernel ask, too.
    const id = UUID.uuid4();
    return new Promise<Answer>((resolve, reject) => {
      this._waiting.set(id, { resolve, reject });
      ask(id);
    }) as Promise<T>;
  }

  /** Take an answer; one that nobody waits for is passed over. */
  answer(done: Answer): void {
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
