import * as React from 'react';

/** A button that is only a sign; its name is in the tooltip and for those who hear the page. */
export function IconButton(props: {
  label: string;
  disabled?: boolean;
  /** Of a button that switches something: whether it is on. */
  pressed?: boolean;
  onClick: () => void;
  children: React.ReactNode;
}): JSX.Element {
  return (
    <button
      type="button"
      className="jp-Torchprof-iconButton"
      title={props.label}
      aria-label={props.label}
      aria-pressed={props.pressed}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      {props.children}
    </button>
  );
}
