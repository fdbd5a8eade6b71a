/** Reads a trace from the kernel, part by part; a chunk of its own. */
import type { TracePart } from '../record/_session';

/** Milliseconds between parts: Jupyter's server drops what comes faster than a megabyte a second. */
const PAUSE = 450;
/** The server looks at the last seconds together, so some parts can come at once. */
const AT_ONCE = 3;

/**
 * All parts together.
 *
 * @param ask - asks for a part, from zero
 * @throws Error if there is no such trace; the message is the kernel's sentence
 */
export async function readTrace(
  ask: (part: number) => Promise<TracePart>,
  pause: (part: number) => Promise<void> = wait
): Promise<Uint8Array<ArrayBuffer>> {
  const found: Uint8Array[] = [];
  let parts = 1;
  for (let part = 0; part < parts; part++) {
    await pause(part);
    const answer = await ask(part);
    if (typeof answer.data !== 'string') {
      throw new Error(answer.message ?? '');
    }
    found.push(bytesOf(answer.data));
    parts = answer.parts;
  }
  return joined(found);
}

async function wait(part: number): Promise<void> {
  if (part >= AT_ONCE) {
    await new Promise(resolve => setTimeout(resolve, PAUSE));
  }
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), character => character.charCodeAt(0));
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(
    parts.reduce((sum, { length }) => sum + length, 0)
  );
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
