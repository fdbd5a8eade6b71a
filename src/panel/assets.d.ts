/** Files that the bundler inlines as text. */
declare module '*.md' {
  const text: string;
  export default text;
}
