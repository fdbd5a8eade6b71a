import { LabIcon } from '@jupyterlab/ui-components';

/** The extension's icon: memory over time with its peak, in the colour of JupyterLab's own icons. */
export const torchprofIcon = new LabIcon({
  name: 'jupyterlab-torchprof:icon',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 24 24">
  <g class="jp-icon3" fill="#616161">
    <path d="M3 3h2v16h16v2H3z"/>
    <path d="M7 17v-5l3-2 3 2 3-7 2.5 4H21v8z"/>
  </g>
</svg>`
});
