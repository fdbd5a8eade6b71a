import type { ITranslate } from '../views/state';

/** English, for a page without JupyterLab's translator; fills in `%1`, `%2` as that one does. */
export const PLAIN: ITranslate = {
  __: (text, ...values) => fill(text, values),
  _n: (singular, plural, n, ...values) =>
    fill(n === 1 ? singular : plural, [n, ...values])
};

function fill(text: string, values: readonly (string | number)[]): string {
  return text.replace(/%(\d+)/g, (mark, place: string) =>
    String(values[Number(place) - 1] ?? mark)
  );
}
