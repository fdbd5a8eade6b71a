/** Files that the bundler inlines as text. */
declare module '*.txt' {
  const text: string;
  export default text;
}
