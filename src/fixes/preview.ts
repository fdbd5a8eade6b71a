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
  /** Names a cell, as the heading of its diff. */
  titleOf(cellId: string): string;
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
    const { advice, edits, titleOf, trans } = options;
    for (const edit of edits) {
      const { id } = edit.cell;
      const title = titleOf(id);
      if (edits.length > 1 || id !== advice.cell_id) {
        const heading = document.createElement('h3');
        heading.textContent = title;
        this.node.append(heading);
      }
      const label = trans.__('Changes to the cell: %1', title);
      const editor = createDiff(edit, language, label);
      this._editors.push(editor);
      this.node.append(editor.dom);
    }
  }

  override dispose(): void {
    for (const editor of this._editors) {
      editor.destroy();
    }
    super.dispose();
  }

  private readonly _editors: EditorView[] = [];
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
