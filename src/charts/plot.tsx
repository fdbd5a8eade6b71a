import type { Config, Data, Layout } from 'plotly.js';
import * as React from 'react';
import { flushSync } from 'react-dom';

import { Printing } from '../views/parts/printing';
import type { ITranslate } from '../views/state';
import { loadPlotly } from './loader';
import type { IChartTheme } from './theme';
import { css, readTheme, useThemeVersion } from './theme';

/** What one chart draws. */
export interface IFigure {
  data: Data[];
  layout: Partial<Layout>;
}

/** 4.x offers to send the data to a server unless told otherwise. */
const CONFIG: Partial<Config> = {
  showSendToCloud: false,
  displaylogo: false,
  displayModeBar: false,
  typesetMath: false,
  logging: 0,
  responsive: false,
  doubleClick: false,
  showAxisDragHandles: false
};

/** What plotly.js tells of, as far as the charts listen. */
interface IEvents {
  on(
    event: 'plotly_click',
    listen: (event: { points: { customdata?: unknown }[] }) => void
  ): void;
  on(
    event: 'plotly_icicleclick',
    listen: (event: { points: { customdata?: unknown }[] }) => boolean
  ): void;
  on(
    event: 'plotly_relayout',
    listen: (event: Record<string, unknown>) => void
  ): void;
}

/** Redrawing may take this share of the page's time, layout and paint not counted. */
const BUSY_SHARE = 0.015;
/** Milliseconds between two drawings at least. */
const MIN_INTERVAL = 600;
/**
 * Milliseconds that a drawing whose turn it is waits for more: where data goes on to come, it is
 * drawn with what else they change on the page, and not in a frame of its own.
 */
const PATIENCE = 450;

/**
 * A chart of plotly.js: loaded when first seen, redrawn on new data, on a change of theme and of
 * size, and freed on unmount. Its place is reserved from the start, so nothing below it moves.
 */
export function Plot(props: {
  /** Called for each drawing; a new function means new data, so memoise it. */
  draw: (theme: IChartTheme, width: number) => IFigure;
  height: number;
  /** What the reader did to it: a change is drawn at once, new data in its turn. */
  asked?: string;
  /** What the chart shows, for those who can't see it. */
  label: string;
  /** A point was clicked; what its trace has for it as `customdata`. */
  onClick?: (customdata: unknown) => void;
  /** A part of the horizontal axis was dragged over. */
  onZoom?: (range: [number, number]) => void;
  trans: ITranslate;
}): JSX.Element {
  const { draw, height, asked } = props;
  const listeners = React.useRef(props);
  React.useEffect(() => {
    listeners.current = props;
  });
  const ref = React.useRef<HTMLDivElement>(null);
  const [failed, setFailed] = React.useState(false);
  const theme = useThemeVersion();
  const width = useSeenWidth(ref);
  const wired = React.useRef(false);
  const pace = React.useRef({ last: -Infinity, interval: MIN_INTERVAL });
  /** What the reader saw last: another size, theme or wish is not kept waiting. */
  const shown = React.useRef('');
  const wanted = [asked, theme, width, height].join();

  React.useEffect(() => {
    const element = ref.current;
    if (!element || width === 0) {
      return;
    }
    let current = true;
    const drawNow = async () => {
      const plotly = await loadPlotly();
      if (!current) {
        return;
      }
      shown.current = wanted;
      const start = performance.now();
      const colors = readTheme(element);
      const { data, layout } = draw(colors, width);
      const plot = await plotly.react(
        element,
        data,
        { ...common(colors, width, height), ...layout },
        CONFIG
      );
      if (!wired.current) {
        wired.current = true;
        listen(plot as unknown as IEvents, listeners);
      }
      const end = performance.now();
      pace.current = {
        last: end,
        interval: Math.max(MIN_INTERVAL, (end - start) / BUSY_SHARE)
      };
    };
    const drawOrFail = () => {
      drawNow().catch(() => current && setFailed(true));
    };
    const wait =
      shown.current === wanted
        ? pace.current.last + pace.current.interval - performance.now()
        : 0;
    if (wait <= 0) {
      drawOrFail();
    }
    const timer =
      wait > 0 ? window.setTimeout(drawOrFail, wait + PATIENCE) : undefined;
    return () => {
      current = false;
      window.clearTimeout(timer);
    };
  }, [draw, wanted, width, height]);

  React.useEffect(() => {
    const element = ref.current;
    return () => {
      // Nothing to free if nothing was loaded: plotly's own class tells.
      if (element?.classList.contains('js-plotly-plot')) {
        void loadPlotly().then(plotly => plotly.purge(element));
      }
    };
  }, []);

  return (
    <div className="jp-Torchprof-chart" style={{ height }}>
      <div ref={ref} role="img" aria-label={props.label} style={{ height }} />
      {failed && (
        <p className="jp-Torchprof-muted">
          {props.trans.__('The chart could not be drawn.')}
        </p>
      )}
    </div>
  );
}

/** Hand what happens to whoever listens at that moment. */
function listen(
  plot: IEvents,
  listeners: React.RefObject<{
    onClick?: (customdata: unknown) => void;
    onZoom?: (range: [number, number]) => void;
  }>
): void {
  plot.on('plotly_click', ({ points }) =>
    listeners.current?.onClick?.(points[0]?.customdata)
  );
  plot.on('plotly_icicleclick', ({ points }) => {
    listeners.current?.onClick?.(points[0]?.customdata);
    // It would show what is below the place only.
    return false;
  });
  plot.on('plotly_relayout', event => {
    const [from, to] = [event['xaxis.range[0]'], event['xaxis.range[1]']];
    if (typeof from === 'number' && typeof to === 'number') {
      listeners.current?.onZoom?.([from, to]);
    }
  });
}

/** Width of the element in pixels; 0 until it has been on the screen. */
function useSeenWidth(ref: React.RefObject<HTMLElement>): number {
  // What paper unfolds has no time to be seen first.
  const printing = React.useContext(Printing);
  const [seen, setSeen] = React.useState(
    printing || typeof IntersectionObserver === 'undefined'
  );
  const [width, setWidth] = React.useState(0);
  React.useEffect(() => {
    if (seen || !ref.current) {
      return;
    }
    const observer = new IntersectionObserver(
      entries => entries.some(entry => entry.isIntersecting) && setSeen(true),
      { rootMargin: '200px' }
    );
    observer.observe(ref.current);
    // Paper shows what was never scrolled to; it is laid out right after this event.
    const show = () => flushSync(() => setSeen(true));
    window.addEventListener('beforeprint', show);
    return () => {
      observer.disconnect();
      window.removeEventListener('beforeprint', show);
    };
  }, [ref, seen]);
  React.useLayoutEffect(() => {
    const element = ref.current;
    if (!seen || !element) {
      return;
    }
    const measure = () => setWidth(Math.floor(element.clientWidth));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref, seen]);
  return width;
}

function common(
  theme: IChartTheme,
  width: number,
  height: number
): Partial<Layout> {
  return {
    width,
    height,
    autosize: false,
    paper_bgcolor: 'rgba(0,0,0,0)',
    plot_bgcolor: 'rgba(0,0,0,0)',
    font: { family: theme.font, size: 11, color: css(theme.muted) },
    hoverlabel: {
      bgcolor: css(theme.background),
      bordercolor: css(theme.grid),
      font: { family: theme.font, size: 11, color: css(theme.text) },
      align: 'left'
    },
    margin: { l: 8, r: 8, t: 8, b: 8 },
    showlegend: false
  };
}
