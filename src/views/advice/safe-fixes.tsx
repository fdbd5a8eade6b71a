import * as React from 'react';

import { lineDiff } from '../parts/diff';
import { DiffLines } from '../parts/diff-lines';
import { Prose, Text } from '../parts/text';
import type { ITranslate } from '../state';

/** One fix to choose. */
export interface IChoice {
  /** The cell that it was found on: `Cell [3]`. */
  readonly cell: string;
  readonly rule: string;
  readonly title: string;
  /** What it does to each cell. */
  readonly changes: readonly {
    readonly cell: string;
    readonly before: string;
    readonly after: string;
  }[];
}

/** The fixes that will be applied together, each with a tick to take it out, and its diff on demand. */
export function SafeFixes(props: {
  choices: readonly IChoice[];
  /** Which of them, by index. */
  chosen: ReadonlySet<number>;
  /** Chosen, but they overlap with one before them. */
  left: ReadonlySet<number>;
  onToggle: (index: number) => void;
  trans: ITranslate;
}): JSX.Element {
  const { choices, trans } = props;
  return (
    <div className="jp-Torchprof jp-Torchprof-safeFixes">
      <p>
        {trans.__(
          'Every value that the program computes stays the same. Each cell is changed in one undo step.'
        )}
      </p>
      <ul>
        {choices.map((choice, index) => (
          <Choice key={index} {...props} choice={choice} index={index} />
        ))}
      </ul>
    </div>
  );
}

function Choice(
  props: React.ComponentProps<typeof SafeFixes> & {
    choice: IChoice;
    index: number;
  }
): JSX.Element {
  const { choice, index, chosen, left, onToggle, trans } = props;
  const [shown, setShown] = React.useState(false);
  const id = React.useId();
  return (
    <li className="jp-Torchprof-choice">
      <label>
        <input
          type="checkbox"
          checked={chosen.has(index)}
          aria-describedby={left.has(index) ? id : undefined}
          onChange={() => onToggle(index)}
        />
        <span>
          <Prose text={choice.title} length={300} />
          <span className="jp-Torchprof-choiceMeta">
            <Text value={choice.cell} /> · <Text value={choice.rule} />
          </span>
        </span>
      </label>
      {left.has(index) && (
        <p id={id} className="jp-Torchprof-choiceNote">
          {trans.__(
            'It overlaps with a fix above: run the cell again for this one.'
          )}
        </p>
      )}
      <details onToggle={event => setShown(event.currentTarget.open)}>
        <summary>{trans.__('Show the change')}</summary>
        {shown &&
          choice.changes.map((change, place) => (
            <React.Fragment key={place}>
              {(choice.changes.length > 1 || change.cell !== choice.cell) && (
                <p className="jp-Torchprof-muted">{change.cell}</p>
              )}
              <DiffLines
                lines={lineDiff(change.before, change.after)}
                trans={trans}
              />
            </React.Fragment>
          ))}
      </details>
    </li>
  );
}
