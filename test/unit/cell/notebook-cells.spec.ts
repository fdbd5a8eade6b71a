import type { CodeEditor } from '@jupyterlab/codeeditor';
import { CodeEditor as Editors } from '@jupyterlab/codeeditor';
import { CodeMirrorEditor, ybinding } from '@jupyterlab/codemirror';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { PromiseDelegate } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';
import { PanelLayout, Widget } from '@lumino/widgets';

import { NotebookCells } from '../../../src/cell/notebook-cells';
import { NotebookProfile } from '../../../src/model/notebook-profile';
import { Pace } from '../../../src/model/pace';
import type {
  SessionChange,
  SessionModel
} from '../../../src/model/session-model';
import { DEFAULTS } from '../../../src/model/settings';
import type { CellRecord, Sample, Session } from '../../../src/record/_session';
import type { IProfiler } from '../../../src/tokens';
import type { ILiveSample, IRunning } from '../../../src/views/state';
import {
  makeAdvice,
  makeRecord,
  makeSample,
  makeSession,
  makeStart
} from '../builders';
import { english } from '../english';
import { FakePort } from '../kernel/fake-port';
import { FakeNotebook } from '../model/fake-notebook';

const SOURCE = 'slow()\nquick()';

class FakeModel {
  session: Session | null = makeSession();
  connection = { kind: 'connected', enabled: true } as const;
  running: IRunning | null = null;
  readonly changed = new Signal<this, SessionChange>(this);

  start(cell_id: string, samples: Sample[] = []): void {
    this.running = { cell: makeStart({ cell_id }), samples };
    this.changed.emit({ kind: 'started' });
  }

  sample(sample: ILiveSample): void {
    const { cell, samples } = this.running!;
    this.running = { cell, samples: [...samples, sample] };
    this.changed.emit({ kind: 'sampled' });
  }

  end(record: CellRecord): void {
    this.running = null;
    this.session = makeSession([...(this.session?.cells ?? []), record]);
    this.changed.emit({ kind: 'ended', record, isNew: true });
  }
}

/** As much of a cell's widget as counts here, with a real editor on the cell's shared model. */
class FakeCell extends Widget {
  constructor(notebook: FakeNotebook, id: string, isBuilt = true) {
    super();
    this._shared = notebook.model(id);
    this.model = { id, type: 'code', sharedModel: this._shared };
    const layout = (this.layout = new PanelLayout());
    const input = new Widget();
    input.addClass('jp-Cell-inputWrapper');
    layout.addWidget(input);
    layout.addWidget(new Widget());
    if (isBuilt) {
      this.build();
    }
  }

  readonly model: { id: string; type: string; sharedModel: unknown };
  editor: CodeEditor.IEditor | null = null;

  get ready(): Promise<void> {
    return this._ready.promise;
  }

  /** The cell came into view. */
  build(): void {
    this.editor = new CodeMirrorEditor({
      host: this.node,
      model: new Editors.Model({ sharedModel: this._shared }),
      extensions: [ybinding({ ytext: this._shared.ysource })]
    });
    this._ready.resolve();
  }

  override dispose(): void {
    this.editor?.dispose();
    super.dispose();
  }

  private readonly _ready = new PromiseDelegate<void>();
  private readonly _shared: ReturnType<FakeNotebook['model']>;
}

/** Frames pass, and what was to be loaded is. */
async function settle(): Promise<void> {
  for (let i = 0; i < 4; i++) {
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

describe('cell/notebook-cells', () => {
  let notebook: FakeNotebook;
  let profile: NotebookProfile;
  let model: FakeModel;
  let widgets: FakeCell[];
  let settings: { values: typeof DEFAULTS; changed: Signal<object, void> };
  let opened: (string | null)[];
  let applied: string[];
  let cells: NotebookCells;

  const hot = (changes: Partial<CellRecord> = {}) =>
    makeRecord({
      cell_id: 'a',
      source: SOURCE,
      duration_s: 3,
      source_hash: 'a',
      places: [
        { parent: null, kind: 'cell', source_hash: 'a', line: 1, samples: 27 }
      ],
      stack_samples: 30,
      ...changes
    });
  const advised = (changes: Partial<CellRecord> = {}) =>
    makeRecord({
      cell_id: 'b',
      source: 'use()',
      advice: [makeAdvice({ cell_id: 'b', code_cell_id: 'a', lines: [2] })],
      ...changes
    });

  beforeAll(() => {
    // What waits is told at once: the pace has tests of its own.
    for (const method of ['soon', 'later'] as const) {
      jest.spyOn(Pace.prototype, method).mockImplementation(function (
        this: Pace
      ) {
        this.now();
      });
    }
  });

  afterAll(() => jest.restoreAllMocks());

  beforeEach(() => {
    notebook = new FakeNotebook({ a: SOURCE, b: 'use()' });
    notebook.port = new FakePort();
    profile = new NotebookProfile({
      notebook,
      notebooks: () => [notebook],
      rulesOff: () => [],
      trans: english
    });
    model = new FakeModel();
    profile.model = model as unknown as SessionModel;
    widgets = ['a', 'b'].map(id => new FakeCell(notebook, id));
    settings = { values: { ...DEFAULTS }, changed: new Signal({}) };
    opened = [];
    applied = [];
    const panel = {
      id: 'panel',
      isDisposed: false,
      content: {
        get widgets() {
          return widgets;
        },
        get activeCell() {
          return widgets[0];
        }
      }
    };
    cells = new NotebookCells({
      app: {
        commands: { execute: async () => undefined },
        shell: { activateById: () => undefined }
      } as never,
      panel: panel as unknown as NotebookPanel,
      profile,
      profiler: {
        settings,
        sessions: { current: profile, setCurrent: () => undefined },
        actions: {
          select: (id: string | null) => opened.push(id),
          enter: ({ run_id }: CellRecord) => opened.push(`into ${run_id}`),
          apply: (record: CellRecord) => applied.push(record.run_id)
        }
      } as unknown as IProfiler,
      trans: english
    });
  });

  afterEach(() => {
    cells.dispose();
    widgets.forEach(widget => widget.dispose());
    profile.dispose();
  });

  const set = (changes: Partial<typeof DEFAULTS>) => {
    settings.values = { ...settings.values, ...changes };
    settings.changed.emit();
  };
  const find = (index: number, selector: string) => [
    ...widgets[index].node.querySelectorAll<HTMLElement>(selector)
  ];
  const badge = (index: number) =>
    find(index, '.jp-Torchprof-badge > button')[0] as
      HTMLButtonElement | undefined;
  const marks = (index: number) => find(index, '.jp-Torchprof-heatMark');
  const underlined = (index: number) =>
    find(index, '.jp-Torchprof-underline').map(
      ({ textContent }) => textContent
    );

  describe('badges', () => {
    it('should stand below the input of cells that ran, and open their run', async () => {
      const record = hot();
      model.end(record);
      await settle();
      const layout = widgets[0].layout as PanelLayout;
      expect(layout.widgets[1].node.contains(badge(0)!)).toBe(true);
      expect(badge(1)).toBeUndefined();
      badge(0)!.dispatchEvent(new MouseEvent('click', { detail: 1 }));
      expect(opened).toEqual([record.run_id]);
    });

    it('should lead the keyboard into the detail of the run', async () => {
      const record = hot();
      model.end(record);
      await settle();
      // What Enter on a button comes to.
      badge(0)!.dispatchEvent(new MouseEvent('click', { detail: 0 }));
      expect(opened).toEqual([`into ${record.run_id}`]);
    });

    it('should wait for cells that are not built yet, and go with those that are gone', async () => {
      widgets[0].dispose();
      widgets[0] = new FakeCell(notebook, 'a', false);
      model.end(hot());
      await settle();
      expect(badge(0)).toBeUndefined();
      widgets[0].build();
      await settle();
      expect(badge(0)).toBeDefined();
      // Moved: another widget for the same cell.
      widgets[0].dispose();
      widgets[0] = new FakeCell(notebook, 'a');
      notebook.cellsChanged.emit(null);
      await settle();
      expect(badge(0)).toBeDefined();
    });

    it('should stay away below the minimum, or when they are off', async () => {
      set({ badgeMinimumSeconds: 5, badgeMinimumMebibytes: 0 });
      model.end(hot());
      await settle();
      expect(badge(0)).toBeUndefined();
      set({ badgeMinimumSeconds: 2 });
      await settle();
      expect(badge(0)).toBeDefined();
      set({ badges: false });
      await settle();
      expect(badge(0)).toBeUndefined();
    });

    it('should be dimmed while the cell is edited, without coming or going', async () => {
      model.end(hot());
      await settle();
      notebook.type('a', 'other()');
      await settle();
      expect(badge(0)!.parentElement!.classList).toContain('jp-mod-stale');
      expect(badge(0)!.title).toContain('edited since');
    });

    it('should show a running cell in place of its last run, from the first second on', async () => {
      model.end(hot());
      await settle();
      const element = badge(0);
      model.start('a', [makeSample(0.4)]);
      await settle();
      expect(badge(0)!.textContent).toContain('3 s');
      expect(badge(0)!.textContent).not.toContain('running');
      model.start('a', [makeSample(7.2, 5 * 2 ** 20)]);
      await settle();
      expect(badge(0)!.textContent).toBe('running7 s5 MiB');
      expect(badge(0)).toBe(element);
      // Each sample is in the badge when it is in the panel.
      model.sample(makeSample(7.3, 6 * 2 ** 20));
      await settle();
      expect(badge(0)!.textContent).toBe('running7 s6 MiB');
      model.end(hot({ duration_s: 8 }));
      await settle();
      expect(badge(0)!.textContent).toContain('8 s');
      expect(badge(0)).toBe(element);
    });
  });

  describe('heat', () => {
    it('should stand beside the line, dimmed and moved after an edit, and go with the line', async () => {
      model.end(hot());
      await settle();
      expect(marks(0)).toHaveLength(1);
      notebook.type('a', `# new\n${SOURCE}`);
      await settle();
      expect(marks(0)).toHaveLength(1);
      expect(marks(0)[0].classList).toContain('jp-mod-stale');
      notebook.type('a', '# new\nother()\nquick()');
      await settle();
      expect(marks(0)).toHaveLength(0);
      notebook.type('a', SOURCE);
      await settle();
      expect(marks(0)[0].classList).not.toContain('jp-mod-stale');
    });

    it('should be dimmed once the kernel was restarted', async () => {
      model.end(hot({ former: true }));
      await settle();
      expect(marks(0)[0].classList).toContain('jp-mod-stale');
    });

    it('should stand where the code stands that another cell ran', async () => {
      const uses = (changes: Partial<CellRecord> = {}) =>
        hot({
          cell_id: 'b',
          source: 'use()',
          source_hash: 'b',
          places: [
            { parent: null, kind: 'cell', source_hash: 'b', line: 1 },
            {
              parent: 0,
              kind: 'cell',
              source_hash: 'a',
              line: 2,
              samples: 27
            }
          ],
          ...changes
        });
      model.end(hot({ places: [], stack_samples: 0 }));
      await settle();
      expect(marks(0)).toHaveLength(0);
      model.end(uses());
      await settle();
      expect(marks(0)).toHaveLength(1);
      expect(marks(0)[0].classList).not.toContain('jp-mod-stale');
      notebook.type('a', `# new\n${SOURCE}`);
      await settle();
      expect(marks(0)[0].classList).toContain('jp-mod-stale');
      // What was run then is no longer what the other cell ran.
      model.end(
        hot({ source: `# new\n${SOURCE}`, source_hash: 'c', places: [] })
      );
      await settle();
      expect(marks(0)).toHaveLength(0);
    });

    it('should leave nothing behind when it is off, or all is disposed of', async () => {
      model.end(hot());
      await settle();
      set({ lineHeat: false });
      await settle();
      expect(find(0, '.cm-gutters')).toHaveLength(0);
      expect(find(0, '.jp-mod-torchprofBare')).toHaveLength(0);
      set({ lineHeat: true });
      await settle();
      expect(marks(0)).toHaveLength(1);
      cells.dispose();
      expect(find(0, '.cm-gutters')).toHaveLength(0);
      expect(badge(0)).toBeUndefined();
    });

    it('should come to cells that are built later or made anew', async () => {
      widgets[0].dispose();
      widgets[0] = new FakeCell(notebook, 'a', false);
      model.end(hot());
      await settle();
      widgets[0].build();
      await settle();
      expect(marks(0)).toHaveLength(1);
      widgets[0].dispose();
      widgets[0] = new FakeCell(notebook, 'a');
      notebook.cellsChanged.emit(null);
      await settle();
      expect(marks(0)).toHaveLength(1);
    });

    it('should not break the editor on a record that is of something else', async () => {
      const places = [NaN, -1, 0, 2.5, 1e9, 2].map(line => ({
        parent: null,
        kind: 'cell' as const,
        source_hash: 'a',
        line,
        samples: 5,
        host_growth_bytes: Infinity
      }));
      model.end(hot({ places }));
      await settle();
      expect(marks(0)).toHaveLength(1);
      notebook.type('a', 'still()\nquick()');
      await settle();
      expect(widgets[0].node.textContent).toContain('still()');
    });
  });

  describe('underlines', () => {
    it('should stand in the cell of the code, while neither cell is edited', async () => {
      model.end(hot());
      model.end(advised());
      await settle();
      expect(underlined(0)).toEqual(['quick()']);
      expect(underlined(1)).toEqual([]);
      notebook.type('b', 'use(2)');
      await settle();
      expect(underlined(0)).toEqual([]);
      notebook.type('b', 'use()');
      await settle();
      expect(underlined(0)).toEqual(['quick()']);
      notebook.type('a', `${SOURCE}\nmore()`);
      await settle();
      expect(underlined(0)).toEqual([]);
    });

    it('should go when the advice does, or they are off', async () => {
      model.end(hot());
      model.end(advised());
      await settle();
      set({ adviceUnderlines: false });
      await settle();
      expect(underlined(0)).toEqual([]);
      set({ adviceUnderlines: true });
      await settle();
      expect(underlined(0)).toEqual(['quick()']);
      model.end(advised({ advice: [] }));
      await settle();
      expect(underlined(0)).toEqual([]);
    });

    it('should offer the fix at the cursor', async () => {
      const fix = { title: 'Fix it', edits: [] };
      const record = advised();
      record.advice![0].fix = fix;
      model.end(hot());
      model.end(record);
      await settle();
      await cells.showAdviceAtCursor();
      const button = [...document.querySelectorAll('button')].find(
        ({ textContent }) => textContent === 'Apply fix'
      );
      // Tooltips stand in the editor here, in JupyterLab in the page.
      expect(
        button ??
          find(0, '.jp-Torchprof-card button').find(
            ({ textContent }) => textContent === 'Apply fix'
          )
      ).toBeDefined();
      (button ?? find(0, '.jp-Torchprof-card button')[1]).click();
      expect(applied).toEqual([record.run_id]);
    });
  });
});
