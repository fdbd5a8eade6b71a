import type { Config, Data, Layout, PlotlyHTMLElement } from 'plotly.js';

/** The part of plotly.js that the charts use. */
export interface IPlotly {
  react(
    element: HTMLElement,
    data: Data[],
    layout: Partial<Layout>,
    config: Partial<Config>
  ): Promise<PlotlyHTMLElement>;
  purge(element: HTMLElement): void;
}

let loaded: Promise<IPlotly> | null = null;

/** plotly.js, from a chunk of its own, loaded once. A failed load can be tried again. */
export function loadPlotly(): Promise<IPlotly> {
  loaded ??= import('./plotly').then(
    module => module.default,
    (reason: unknown) => {
      loaded = null;
      throw reason;
    }
  );
  return loaded;
}
