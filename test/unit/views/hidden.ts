/**
 * What stands on a page, in text or attributes, that turns the direction of writing, or hides;
 * with what comes before it. Isolation of our own making, which ends, is none.
 */
export function hidden(element: Element): string | undefined {
  const html = element.innerHTML.replace(
    /\u2068([^\u2066-\u2069]*)\u2069/g,
    '$1'
  );
  return /.{0,100}[\u0000\u2028-\u202e\u2066-\u2069]/.exec(html)?.[0];
}
