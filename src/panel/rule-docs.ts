/** What the documentation says of a rule: at hand without a network. A chunk of its own. */
import { Dialog } from '@jupyterlab/apputils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { Widget } from '@lumino/widgets';

import '../../style/preview.css';

import rules from '../../docs/rules.md';
import type { ITranslate } from '../views/state';

const MARKDOWN = 'text/markdown';

/** The section of the rule without its heading, `null` if it is not described. */
export function ruleSection(markdown: string, rule: string): string | null {
  const lines = markdown.split('\n');
  const start = lines.indexOf(`### ${rule}`);
  if (start < 0) {
    return null;
  }
  const length = lines
    .slice(start + 1)
    .findIndex(line => /^#{1,3} /.test(line));
  return lines
    .slice(start + 1, length < 0 ? undefined : start + 1 + length)
    .join('\n')
    .trim();
}

/** Show what the documentation says of the rule. */
export async function showRule(
  rule: string,
  rendermime: IRenderMimeRegistry | null,
  trans: ITranslate
): Promise<void> {
  const text =
    ruleSection(rules, rule) ??
    trans.__('Nothing more is known about this rule.');
  const dialog = new Dialog({
    title: rule,
    body: await renderText(text, rendermime),
    buttons: [Dialog.okButton({ label: trans.__('Close') })]
  });
  dialog.addClass('jp-Torchprof-preview');
  await dialog.launch();
}

async function renderText(
  text: string,
  rendermime: IRenderMimeRegistry | null
): Promise<Widget> {
  if (!rendermime) {
    const plain = new Widget();
    plain.node.textContent = text;
    return plain;
  }
  const renderer = rendermime.createRenderer(MARKDOWN);
  const data = { [MARKDOWN]: text };
  await renderer.renderModel(rendermime.createModel({ data }));
  return renderer;
}
