import { UNKNOWN } from '../../record/units';
import type { DeepProfile } from '../../record/_session';
import type { IPlaceContext } from '../places/place-words';
import type { ITranslate, IViewActions } from '../state';

/** What a table of a deep profile needs to know. */
export interface ITables {
  deep: DeepProfile;
  context: IPlaceContext;
  actions: IViewActions;
  trans: ITranslate;
}

/** Nothing is a dash, so that what is something is seen. */
export function some(
  value: number | null | undefined,
  format: (value: number) => string
): string {
  return value ? format(value) : UNKNOWN;
}
