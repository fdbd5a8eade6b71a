import * as React from 'react';

import type { ITranslate } from '../views/state';

/** Of the script in template.html, which reads it before the first paint. */
const KEY = 'jupyterlab-torchprof:theme';
const ATTRIBUTE = 'data-jp-theme-light';

/** Light or dark: the system's choice until the reader makes another. */
export function ThemeToggle(props: { trans: ITranslate }): JSX.Element {
  const [light, setLight] = React.useState(
    document.body.getAttribute(ATTRIBUTE) !== 'false'
  );
  const toggle = () => {
    document.body.setAttribute(ATTRIBUTE, String(!light));
    setLight(!light);
    try {
      localStorage.setItem(KEY, light ? 'dark' : 'light');
    } catch {
      // Storage is closed to some file:// pages: the choice then lasts as long as the page.
    }
  };
  return (
    <button type="button" className="jp-Torchprof-button" onClick={toggle}>
      {light ? props.trans.__('Dark theme') : props.trans.__('Light theme')}
    </button>
  );
}
