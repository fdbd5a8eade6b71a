import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import type { IMounted } from './mount';

/** Draws one document. The views are loaded with the first of them. */
export class TorchprofOutput extends Widget implements IRenderMime.IRenderer {
  constructor(options: IRenderMime.IRendererOptions) {
    super();
    this.addClass('jp-Torchprof-outputArea');
    this._mimeType = options.mimeType;
    this._translator = options.translator ?? nullTranslator;
  }

  /**
   * Show the document of this model; one that is broken or too new gets a sentence that says so.
   */
  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const { mount } = await import('./mount');
    if (this.isDisposed) {
      return;
    }
    this._mounted?.unmount();
    this._mounted = mount(
      this.node,
      model.data[this._mimeType],
      this._translator.load('jupyterlab_torchprof')
    );
  }

  /** Free the views with the output. */
  override dispose(): void {
    this._mounted?.unmount();
    this._mounted = null;
    super.dispose();
  }

  private readonly _mimeType: string;
  private readonly _translator: NonNullable<
    IRenderMime.IRendererOptions['translator']
  >;
  private _mounted: IMounted | null = null;
}
