/** Ids of the commands; `schema/plugin.json` puts them into menus and toolbars. */
export namespace CommandIDs {
  /** Show the panel. */
  export const open = 'torchprof:open';
  /** Show or hide the panel. */
  export const toggle = 'torchprof:toggle';
  /** Show the panel as a tab of the main area, or in its sidebar again. */
  export const mainArea = 'torchprof:main-area';
  /** Save an HTML report beside the notebook. */
  export const exportReport = 'torchprof:export-report';
  /** Show two runs of a cell side by side. */
  export const compareRuns = 'torchprof:compare-runs';
  /** Show the session beside a saved one. */
  export const compareSession = 'torchprof:compare-session';
  /** Save the session beside the notebook. */
  export const saveSession = 'torchprof:save-session';
  /** Show a fix as a diff. */
  export const previewFix = 'torchprof:preview-fix';
  /** Apply a fix. */
  export const applyFix = 'torchprof:apply-fix';
  /** Apply all safe fixes of the notebook. */
  export const applySafeFixes = 'torchprof:apply-safe-fixes';
  /** Go from the panel to the cell. */
  export const jumpToCell = 'torchprof:jump-to-cell';
  /** Go to the next profiled cell. */
  export const nextCell = 'torchprof:next-profiled-cell';
  /** Go to the previous profiled cell. */
  export const previousCell = 'torchprof:previous-profiled-cell';
  /** Show or hide the badges under cells. */
  export const toggleBadges = 'torchprof:toggle-badges';
  /** Show or hide the bars beside lines. */
  export const toggleHeat = 'torchprof:toggle-line-heat';
  /** Underline what advice is about, or not. */
  export const toggleUnderlines = 'torchprof:toggle-advice-underlines';
  /** Show the advice on the line of the cursor. */
  export const showAdvice = 'torchprof:show-advice-at-cursor';
  /** Load the kernel extension. */
  export const loadExtension = 'torchprof:load-extension';
}

/** Commands that make sense without arguments, in the order of the palette. */
export const PALETTE = [
  CommandIDs.toggle,
  CommandIDs.mainArea,
  CommandIDs.exportReport,
  CommandIDs.compareRuns,
  CommandIDs.compareSession,
  CommandIDs.saveSession,
  CommandIDs.previewFix,
  CommandIDs.applyFix,
  CommandIDs.applySafeFixes,
  CommandIDs.jumpToCell,
  CommandIDs.nextCell,
  CommandIDs.previousCell,
  CommandIDs.showAdvice,
  CommandIDs.toggleBadges,
  CommandIDs.toggleHeat,
  CommandIDs.toggleUnderlines,
  CommandIDs.loadExtension
];

/** Commands that turn a setting on or off. */
export const TOGGLES = [
  CommandIDs.toggleBadges,
  CommandIDs.toggleHeat,
  CommandIDs.toggleUnderlines
];
