/** Which parts are open: remembered by name while the panel lives, whichever run is shown. */
import * as React from 'react';

const Folds = React.createContext<Map<string, boolean> | null>(null);

/** What is folded or opened below stays so until this is unmounted. */
export function FoldMemory(props: { children: React.ReactNode }): JSX.Element {
  const [folds] = React.useState(() => new Map<string, boolean>());
  return <Folds.Provider value={folds}>{props.children}</Folds.Provider>;
}

/**
 * Whether the part of this name is open, and how to change that. Without a memory around it, each
 * part remembers for itself.
 */
export function useFold(
  name: string,
  openAtFirst: boolean
): [boolean, (open: boolean) => void] {
  const folds = React.useContext(Folds);
  const [open, setOpen] = React.useState(folds?.get(name) ?? openAtFirst);
  const change = React.useCallback(
    (open: boolean) => {
      folds?.set(name, open);
      setOpen(open);
    },
    [folds, name]
  );
  return [open, change];
}
