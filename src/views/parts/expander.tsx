import * as React from 'react';

/** A button that opens what belongs to it below. */
export function Expander(props: {
  label: string;
  open: boolean;
  onToggle: (open: boolean) => void;
  children: React.ReactNode;
}): JSX.Element {
  const { label, open, onToggle, children } = props;
  const id = React.useId();
  return (
    <div className="jp-Torchprof-compare">
      <button
        type="button"
        className="jp-Torchprof-button"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => onToggle(!open)}
      >
        {label}
      </button>
      {open && (
        <div id={id} className="jp-Torchprof-compareBody">
          {children}
        </div>
      )}
    </div>
  );
}
