import * as React from 'react';

/** Marks what can be left: the entries of a list. */
const ENTRY = '[data-entry]';
/** What takes the focus in an entry. */
const TARGETS = 'button, a';

interface IProps {
  className?: string;
  /** Selects the entries, which may be what takes the focus themselves. Absent: `[data-entry]`. */
  entries?: string;
  children: React.ReactNode;
}

/**
 * A list whose entries come and go: when the one with the focus goes, its neighbour gets it, and
 * when none is left the list itself, so that nobody who uses the keyboard starts over.
 */
export class KeepFocus extends React.Component<IProps> {
  override getSnapshotBeforeUpdate(): number | null {
    const active = document.activeElement;
    if (!active || !this._place.current?.contains(active)) {
      return null;
    }
    return Math.max(
      0,
      this._entries().findIndex(entry => entry.contains(active))
    );
  }

  override componentDidUpdate(
    _props: IProps,
    _state: unknown,
    place: number | null
  ): void {
    const element = this._place.current;
    if (
      place === null ||
      !element ||
      element.contains(document.activeElement)
    ) {
      return;
    }
    const entries = this._entries();
    const next = entries[Math.min(place, entries.length - 1)];
    const target = next?.matches(TARGETS)
      ? next
      : next?.querySelector<HTMLElement>(TARGETS);
    (target ?? element).focus();
  }

  override render(): React.ReactNode {
    return (
      <div ref={this._place} tabIndex={-1} className={this.props.className}>
        {this.props.children}
      </div>
    );
  }

  private _entries(): HTMLElement[] {
    const found = this._place.current?.querySelectorAll<HTMLElement>(
      this.props.entries ?? ENTRY
    );
    return [...(found ?? [])];
  }

  private readonly _place = React.createRef<HTMLDivElement>();
}
