import * as React from 'react';

import { Expander } from '../parts/expander';
import type { ITranslate } from '../state';

/** "Profile in depth…": what it will record, and the button that runs the cell. */
export function AskDeep(props: {
  /** A cell runs already. */
  disabled: boolean;
  onRun: () => void;
  trans: ITranslate;
}): JSX.Element {
  const { disabled, trans } = props;
  const [open, setOpen] = React.useState(false);
  return (
    <Expander
      label={trans.__('Profile in depth…')}
      open={open}
      onToggle={setOpen}
    >
      <p className="jp-Torchprof-muted">
        {trans.__(
          'The cell runs again. Of a loop 5 steps are recorded after 3 that warm up, of any other cell its first ten seconds, at most 150,000 events: operators, and the lines and modules that they belong to. Results are unchanged.'
        )}
      </p>
      <button
        type="button"
        className="jp-Torchprof-button"
        aria-disabled={disabled}
        onClick={() => {
          if (!disabled) {
            setOpen(false);
            props.onRun();
          }
        }}
      >
        {trans.__('Run the cell')}
      </button>
    </Expander>
  );
}
