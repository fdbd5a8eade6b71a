/** Shows a fix as a diff before it is applied; a chunk of its own. */
import { unifiedMergeView } from '@codemirror/merge';
import type { Extension } from '@codemirror/state';
import { EditorState } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { Dialog } from '@jupyterlab/apputils';
import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { jupyterTheme } from '@jupyterlab/codemirror';
import { Widget } from '@lumino/widgets';

import '../../style/preview.css';

import type { Advice } from '../record/_session';
import type { ITranslate } from '../views/state';
import type { IPlannedEdit } from './apply';

/** Lines of context around a change; what is between is folded. */
const CONTEXT = 4;

/** What the preview shows. */
export interface IPreviewOptions {
  advice: Advice;
  edits: readonly IPlannedEdit[];
  /** Highlights the code, where JupyterLab has it. */
  languages: IEditorLanguageRegistry | null;
  trans: ITranslate;
}

/** Ask the user; resolves to whether the fix is to be applied. */
export async function showPreview(options: IPreviewOptions): Promise<boolean> {
  const { advice, languages, trans } = options;
  const python = await languages?.getLanguage('python').catch(() => null);
  const dialog = new Dialog({
    title: advice.fix?.title ?? advice.title,
    body: new PreviewBody(options, python?.support ?? []),
    buttons: [
      Dialog.cancelButton(),
      Dialog.okButton({ label: trans.__('Apply') })
    ]
  });
  dialog.addClass('jp-Torchprof-preview');
  const { button } = await dialog.launch();
  return button.accept;
}

/** Explanation, and one diff per cell. */
class PreviewBody extends Widget {
  constructor(options: IPreviewOptions, language: Extension) {
    super();
    this.node.append(paragraph(options.advice.explanation));
    const label = options.trans.__('Changes to the cell');
    this._editors = options.edits.map(edit =>
      createDiff(edit, language, label)
    );
    for (const editor of this._editors) {
      this.node.append(editor.dom);
    }
  }

  override dispose(): void {
    for (const editor of this._editors) {
      editor.destroy();
    }
    super.dispose();
  }

  private readonly _editors: EditorView[];
}

/** Text in which backticks mark code, as in the explanations of advice. */
function paragraph(text: string): HTMLElement {
  const element = document.createElement('p');
  text.split('`').forEach((part, index) => {
    const node = document.createElement(index % 2 === 1 ? 'code' : 'span');
    node.textContent = part;
    element.append(node);
  });
  return element;
}

function createDiff(
  { before, after }: IPlannedEdit,
  language: Extension,
  label: string
): EditorView {
  const state = EditorState.create({
    doc: after,
    extensions: [
      jupyterTheme,
      language,
      lineNumbers(),
      EditorState.readOnly.of(true),
      EditorView.editable.of(false),
      EditorView.lineWrapping,
      // It cannot be edited, but be reached and scrolled by keyboard.
      EditorView.contentAttributes.of({ tabindex: '0', 'aria-label': label }),
      unifiedMergeView({
        original: before,
        mergeControls: false,
        collapseUnchanged: { margin: CONTEXT, minSize: CONTEXT }
      })
    ]
  });
  return new EditorView({ state });
}
