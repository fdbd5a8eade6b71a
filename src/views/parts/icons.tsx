/** The few signs that the views need, drawn for 16 × 16 pixels in the colour of the text. */
import * as React from 'react';

function Icon(props: { path: string; className?: string }): JSX.Element {
  return (
    <svg
      className={`jp-Torchprof-icon ${props.className ?? ''}`}
      viewBox="0 0 16 16"
      width="16"
      height="16"
      aria-hidden="true"
      focusable="false"
    >
      <path
        d={props.path}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
      />
    </svg>
  );
}

/** Points down when open, right when folded. */
export function ChevronIcon(props: { open: boolean }): JSX.Element {
  return <Icon path={props.open ? 'M4 6l4 4 4-4' : 'M6 4l4 4-4 4'} />;
}

/** An arrow that leads somewhere else: jump to the cell. */
export function JumpIcon(): JSX.Element {
  return <Icon path="M6 4h6v6M12 4L4 12" />;
}

/** An arrow into a tray: export. */
export function ExportIcon(): JSX.Element {
  return <Icon path="M8 2v8M5 7l3 3 3-3M3 10v3h10v-3" />;
}

/** A cross: close. */
export function CloseIcon(): JSX.Element {
  return <Icon path="M4 4l8 8M12 4l-8 8" />;
}

/** A lamp: advice. */
export function AdviceIcon(): JSX.Element {
  return (
    <Icon path="M6 13h4M6 11.5c0-1.5-2-2-2-4.5a4 4 0 018 0c0 2.5-2 3-2 4.5z" />
  );
}

/** A tick on a list: apply all. */
export function ApplyAllIcon(): JSX.Element {
  return <Icon path="M2 4.5l2 2 3-3.5M9 5h5M2 11l2 2 3-3.5M9 11.5h5" />;
}

/** A tick: verified. */
export function CheckIcon(): JSX.Element {
  return <Icon path="M3 8.5l3.5 3.5L13 4.5" />;
}

/** A triangle with a mark: failed. */
export function WarningIcon(): JSX.Element {
  return <Icon path="M8 2.5L14.5 13.5h-13zM8 6.5v3.5M8 11.300v1" />;
}

/** Points left: the one before. */
export function BackIcon(): JSX.Element {
  return <Icon path="M10 4L6 8l4 4" />;
}

/** Points right: the one after. */
export function ForwardIcon(): JSX.Element {
  return <Icon path="M6 4l4 4-4 4" />;
}

/** A glass with a plus: zoom in. */
export function ZoomInIcon(): JSX.Element {
  return (
    <Icon path="M10.500 10.500L14 14M2.500 7a4.500 4.500 0 1 0 9 0a4.500 4.500 0 1 0 -9 0M5 7h4M7 5v4" />
  );
}

/** A glass with a minus: zoom out. */
export function ZoomOutIcon(): JSX.Element {
  return (
    <Icon path="M10.500 10.500L14 14M2.500 7a4.500 4.500 0 1 0 9 0a4.500 4.500 0 1 0 -9 0M5 7h4" />
  );
}

/** Arrows to both ends: all of it. */
export function WholeIcon(): JSX.Element {
  return (
    <Icon path="M2 3v10M14 3v10M4.500 8h7M6.500 6l-2 2 2 2M9.500 6l2 2-2 2" />
  );
}

/** Bars of one width: each run as wide. */
export function EqualIcon(): JSX.Element {
  return <Icon path="M2 3v10M6 3v10M10 3v10M14 3v10" />;
}
