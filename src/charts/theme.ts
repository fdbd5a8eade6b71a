/** JupyterLab's colours, resolved: plotly.js draws with colours, not with CSS variables. */
import * as React from 'react';

import { DEVICE_HUES } from '../views/parts/usage';

/** Red, green, blue from 0 to 255. */
export type Rgb = readonly [number, number, number];

/** What a chart is drawn with. */
export interface IChartTheme {
  readonly background: Rgb;
  readonly text: Rgb;
  readonly muted: Rgb;
  readonly grid: Rgb;
  /** What is chosen, and has the focus. */
  readonly brand: Rgb;
  /** Time, as everywhere on the page. */
  readonly time: Rgb;
  /** What failed. */
  readonly error: Rgb;
  /**
   * One colour per device, which stays apart from the others and from those above for colour-blind
   * people, too: `style/hues.css`. Lines differ by their dashes as well.
   */
  readonly series: readonly Rgb[];
  readonly font: string;
}

const WHITE: Rgb = [255, 255, 255];

/** Dashes of the lines, in the order of `series`. */
export const DASHES = ['solid', 'solid', 'dot', 'dash', 'dashdot'] as const;

/** The theme as it is now around this element. */
export function readTheme(element: HTMLElement): IChartTheme {
  const probe = element.ownerDocument.createElement('span');
  probe.hidden = true;
  element.append(probe);
  const resolve = (variable: string, under: Rgb, fallback: Rgb): Rgb => {
    probe.style.color = `var(${variable})`;
    return opaque(getComputedStyle(probe).color, under) ?? fallback;
  };
  try {
    const background = resolve('--jp-layout-color1', WHITE, WHITE);
    const color = (variable: string, fallback: Rgb) =>
      resolve(variable, background, fallback);
    return {
      background,
      text: color('--jp-ui-font-color1', [33, 33, 33]),
      muted: color('--jp-ui-font-color2', [97, 97, 97]),
      grid: color('--jp-border-color2', [224, 224, 224]),
      brand: color('--jp-brand-color1', [33, 150, 243]),
      time: color('--jp-private-torchprof-time', [33, 150, 243]),
      error: color('--jp-error-color1', [211, 47, 47]),
      series: Array.from({ length: DEVICE_HUES }, (_, place) =>
        color(`--jp-private-torchprof-device-${place}`, [13, 138, 117])
      ),
      font: getComputedStyle(element).fontFamily || 'sans-serif'
    };
  } finally {
    probe.remove();
  }
}

/** Counts up whenever JupyterLab, or the report, changes its theme. */
export function useThemeVersion(): number {
  const [version, setVersion] = React.useState(0);
  React.useEffect(() => {
    const observer = new MutationObserver(() => setVersion(count => count + 1));
    observer.observe(document.body, {
      attributeFilter: ['data-jp-theme-light', 'data-jp-theme-name']
    });
    return () => observer.disconnect();
  }, []);
  return version;
}

/** For plotly.js. */
export function css(color: Rgb): string {
  return `rgb(${color.join(',')})`;
}

/** `share` of the first colour over the second. */
export function mix(over: Rgb, under: Rgb, share: number): Rgb {
  const channel = (i: 0 | 1 | 2) =>
    Math.round(over[i] * share + under[i] * (1 - share));
  return [channel(0), channel(1), channel(2)];
}

/** A computed colour as it looks over another; `null` for a notation that is not RGB. */
function opaque(text: string, under: Rgb): Rgb | null {
  const match = /^rgba?\((\d+)[, ]+(\d+)[, ]+(\d+)(?:[,/ ]+([\d.]+))?\)$/.exec(
    text
  );
  if (!match) {
    return null;
  }
  const color: Rgb = [Number(match[1]), Number(match[2]), Number(match[3])];
  return mix(color, under, match[4] === undefined ? 1 : Number(match[4]));
}
