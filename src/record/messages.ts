/** The messages between kernel and front end, by direction. */
import type { Wire } from './_session';

/** What the kernel extension sends; `type` says which. */
export type KernelMessage = Wire['kernel'];

/** What the front end sends. */
export type FrontEndMessage = Wire['front_end'];
