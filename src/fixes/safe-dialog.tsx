/** Lists the fixes that will be applied together, before they are. */
import { Dialog } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import '../../style/views.css';
import '../../style/preview.css';

import type { Session } from '../record/_session';
import type { IChoice } from '../views/advice/safe-fixes';
import { SafeFixes } from '../views/advice/safe-fixes';
import type { ITranslate } from '../views/state';
import { cellTitle } from '../views/advice/where';
import type { ISafeFix } from './merge';
import { mergeFixes } from './merge';

/** What the dialog shows. */
export interface ISafeDialogOptions {
  fixes: readonly ISafeFix[];
  session: Session;
  trans: ITranslate;
}

/** Ask the user which of them; resolves to `null` if none is to be applied. */
export async function chooseSafeFixes(
  options: ISafeDialogOptions
): Promise<readonly ISafeFix[] | null> {
  const { trans } = options;
  const dialog = new Dialog<readonly ISafeFix[]>({
    title: trans.__('Apply safe fixes'),
    body: new Body(options),
    buttons: [
      Dialog.cancelButton(),
      Dialog.okButton({ label: trans.__('Apply') })
    ]
  });
  dialog.addClass('jp-Torchprof-preview');
  const { button, value } = await dialog.launch();
  return button.accept && value && value.length > 0 ? value : null;
}

class Body
  extends ReactWidget
  implements Dialog.IBodyWidget<readonly ISafeFix[]>
{
  constructor(private readonly _options: ISafeDialogOptions) {
    super();
    const { fixes, session, trans } = _options;
    this._chosen = new Set(fixes.keys());
    this._choices = fixes.map(({ record, advice, fix, edits }) => ({
      cell: cellTitle(session, record.cell_id, trans),
      rule: advice.rule,
      title: fix.title,
      changes: edits.map(({ cell, before, after }) => ({
        cell: cellTitle(session, cell.id, trans),
        before,
        after
      }))
    }));
  }

  getValue(): readonly ISafeFix[] {
    return this._options.fixes.filter((_, index) => this._chosen.has(index));
  }

  protected render(): JSX.Element {
    const { fixes, trans } = this._options;
    const { left } = mergeFixes(this.getValue(), '');
    return (
      <SafeFixes
        choices={this._choices}
        chosen={this._chosen}
        left={new Set(left.map(fix => fixes.indexOf(fix)))}
        onToggle={index => {
          const chosen = new Set(this._chosen);
          if (!chosen.delete(index)) {
            chosen.add(index);
          }
          this._chosen = chosen;
          this.update();
        }}
        trans={trans}
      />
    );
  }

  private readonly _choices: readonly IChoice[];
  private _chosen: ReadonlySet<number>;
}
