/** Drives a real JupyterLab the way a person does; its own API only where a person would wait. */
import type { APIRequestContext, Locator, Page } from '@playwright/test';
import { expect } from '@playwright/test';

import type { ILabWindow } from './lab-window';
import { test as base } from './pages';
import { hasLab, stopKernels, tidy } from './tidy';

/** How long a cell that imports PyTorch, or a kernel's start, may take on a busy machine. */
export const PATIENCE = 180_000;

const token = process.env.TORCHPROF_E2E_TOKEN ?? '';

/** A code cell of a notebook that a test writes. */
export interface ICell {
  id: string;
  source: string;
  /** As `nbformat` has them. */
  outputs?: unknown[];
}

/** One browser page with JupyterLab, and its server's contents. */
export class Lab {
  constructor(
    readonly page: Page,
    private readonly _request: APIRequestContext,
    private readonly _workspace: string
  ) {}

  /** The sidebar. */
  get panel(): Locator {
    return this.page.locator('#jupyterlab-torchprof-panel');
  }

  /** The list of profiled cells in the panel. */
  get rows(): Locator {
    return this.panel.getByRole('listbox').getByRole('option');
  }

  /** The notebook in front. */
  get notebook(): Locator {
    return this.page.locator('.jp-NotebookPanel:visible .jp-Notebook');
  }

  /** Write a notebook with these code cells. */
  async write(
    path: string,
    cells: readonly ICell[],
    kernel = 'python3'
  ): Promise<void> {
    await this.save(path, {
      nbformat: 4,
      nbformat_minor: 5,
      metadata: {
        kernelspec: { name: kernel, display_name: kernel, language: 'python' },
        language_info: { name: 'python' }
      },
      cells: cells.map(({ id, source, outputs = [] }) => ({
        cell_type: 'code',
        id,
        source,
        outputs,
        metadata: {},
        execution_count: outputs.length > 0 ? 1 : null
      }))
    });
  }

  /** Save a notebook as it is. */
  async save(path: string, content: unknown): Promise<void> {
    const response = await this._request.put(`/api/contents/${path}`, {
      data: { type: 'notebook', format: 'json', content }
    });
    expect(response.ok()).toBe(true);
  }

  /** Write a text file beside the notebooks. */
  async saveText(path: string, content: string): Promise<void> {
    const response = await this._request.put(`/api/contents/${path}`, {
      data: { type: 'file', format: 'text', content }
    });
    expect(response.ok()).toBe(true);
  }

  /** The text of a file on the server. */
  async read(path: string): Promise<string> {
    const response = await this._request.get(
      `/api/contents/${path}?type=file&format=text`
    );
    expect(response.ok()).toBe(true);
    return ((await response.json()) as { content: string }).content;
  }

  /** Leave the page, and stop all kernels. */
  async leave(): Promise<void> {
    await this.page.goto('about:blank');
    await stopKernels(this._request);
  }

  /** Make a folder on the server. */
  async makeFolder(path: string): Promise<void> {
    const data = { type: 'directory' };
    const response = await this._request.put(`/api/contents/${path}`, { data });
    expect(response.ok()).toBe(true);
  }

  /** Move a file as the file browser does. */
  async move(from: string, to: string): Promise<void> {
    await this.page.evaluate(
      async ([from, to]) => {
        const { serviceManager } = (window as unknown as ILabWindow).jupyterapp;
        await serviceManager.contents.rename(from, to);
      },
      [from, to]
    );
  }

  /** Change a setting of JupyterLab; the test that does so takes it back. */
  async setting(plugin: string, values: object): Promise<void> {
    const response = await this._request.put(`/lab/api/settings/${plugin}`, {
      data: { raw: JSON.stringify(values) }
    });
    expect(response.ok()).toBe(true);
  }

  /** Open a notebook with the panel beside it, and wait for its kernel. */
  async open(path: string): Promise<void> {
    if (!(await hasLab(this.page))) {
      await this.goto(`/lab/workspaces/${this._workspace}`);
      await this.page.waitForFunction(() => 'jupyterapp' in window);
      await this.page.evaluate(
        () => (window as unknown as ILabWindow).jupyterapp.restored
      );
    }
    await this._bringForward(path);
    await this.page.evaluate(() => {
      const { shell } = (window as unknown as ILabWindow).jupyterapp;
      for (const widget of [...shell.widgets('main')]) {
        // The launcher, where there was no document.
        if (widget !== shell.currentWidget) {
          widget.dispose();
        }
      }
    });
    await this.command('torchprof:open');
    await this.ready();
    await expect(this.panel).toBeVisible();
  }

  /** Load JupyterLab anew with a notebook, with the panel beside it, and wait for its kernel. */
  async load(path: string): Promise<void> {
    await this.loadWithout(path);
    await this.ready();
    await expect(this.panel).toBeVisible();
  }

  /** Load JupyterLab anew with a notebook, with the panel beside it, and wait for nothing. */
  async loadWithout(path: string): Promise<void> {
    await this.goto(
      `/lab/workspaces/${this._workspace}/tree/${path}?torchprof=open`
    );
  }

  /** Open a page of the server. */
  async goto(address: string): Promise<void> {
    const mark = address.includes('?') ? '&' : '?';
    await this.page.goto(`${address}${mark}token=${token}`);
  }

  /** Open another notebook in the same JupyterLab. */
  async openBeside(path: string): Promise<void> {
    await this._bringForward(path);
    await this.ready();
  }

  /** Wait until the notebook in front has an idle kernel. */
  async ready(): Promise<void> {
    const isReady = () =>
      this.page.evaluate(() => {
        const app = (window as unknown as Partial<ILabWindow>).jupyterapp;
        const context = app?.shell.currentWidget?.context?.sessionContext;
        return context?.isReady && context.session?.kernel?.status === 'idle';
      });
    await expect.poll(isReady, { timeout: PATIENCE }).toBe(true);
  }

  /** Run a JupyterLab command without waiting for what it returns. */
  async command(id: string, args: Record<string, unknown> = {}): Promise<void> {
    await this.page.evaluate(
      ([id, args]) => {
        const { commands } = (window as unknown as ILabWindow).jupyterapp;
        void commands.execute(id, args);
      },
      [id, args] as const
    );
  }

  /** Id of the kernel of the notebook in front. */
  async kernelId(): Promise<string> {
    return this.page.evaluate(
      () =>
        (window as unknown as ILabWindow).jupyterapp.shell.currentWidget
          ?.context?.sessionContext?.session?.kernel?.id ?? ''
    );
  }

  /** Give the notebook in front another kernel, as its kernel menu does. */
  async changeKernel(name: string): Promise<void> {
    await this._change({ name });
  }

  /** Let the notebook in front use a kernel that runs already. */
  async useKernel(id: string): Promise<void> {
    await this._change({ id });
  }

  /** A cell of the notebook in front, by its place. */
  cell(index: number): Locator {
    return this.notebook.locator('.jp-Cell').nth(index);
  }

  /** The line under a cell that says what it cost. */
  badge(index: number): Locator {
    return this.cell(index).getByRole('button', {
      name: /^Profile of this cell/
    });
  }

  /** The source of a cell as its editor shows it. */
  async source(index: number): Promise<string> {
    const lines = this.cell(index).locator('.jp-InputArea-editor .cm-line');
    return (await lines.allTextContents()).join('\n');
  }

  /** Interrupt the kernel as a person does. */
  async interrupt(): Promise<void> {
    await this.page
      .locator('.jp-NotebookPanel:visible')
      .getByRole('button', { name: 'Interrupt the kernel' })
      .click();
  }

  /** Write something else into a cell. */
  async type(index: number, source: string): Promise<void> {
    await this.focus(index);
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.type(source);
  }

  /** Run a cell, in view or not, and go on at once. */
  async runById(id: string): Promise<void> {
    await this.page.evaluate(async id => {
      const { commands, shell } = (window as unknown as ILabWindow).jupyterapp;
      const { content } = shell.currentWidget!;
      content.activeCellIndex = content.widgets.findIndex(
        ({ model }) => model.id === id
      );
      await commands.execute('notebook:run-cell');
    }, id);
  }

  /** Put the cursor into a cell. */
  async focus(index: number): Promise<void> {
    await this.cell(index).locator('.jp-InputArea-editor .cm-content').click();
  }

  /** Make a cell the active one, and leave its editor. */
  async select(index: number): Promise<void> {
    await this.cell(index).locator('.jp-InputPrompt').click();
    await expect(this.cell(index)).toHaveClass(/jp-mod-active/);
  }

  /** Drag a cell by its prompt above another. */
  async drag(from: number, above: number): Promise<void> {
    const grip = this.cell(from).locator('.jp-InputPrompt');
    const start = (await grip.boundingBox())!;
    const end = (await this.cell(above).boundingBox())!;
    const { mouse } = this.page;
    await this.select(from);
    await mouse.move(start.x + 10, start.y + 10);
    await mouse.down();
    await mouse.move(start.x + 10, start.y - 10, { steps: 5 });
    await mouse.move(end.x + 40, end.y + 5, { steps: 10 });
    await mouse.up();
  }

  /** Start a cell as a person does, and go on at once. */
  async start(index: number): Promise<void> {
    await this.focus(index);
    await this.page.keyboard.press('Control+Enter');
  }

  /** Run a cell and wait for its profile. */
  async run(index: number): Promise<void> {
    await this.focus(index);
    await this.page.evaluate(async () => {
      const { commands } = (window as unknown as ILabWindow).jupyterapp;
      await commands.execute('notebook:run-cell');
    });
    await expect(this.cell(index).locator('.jp-InputPrompt')).toHaveText(
      /^\[\d+\]:/
    );
    await expect(this.badge(index)).toBeVisible();
  }

  /**
   * Run a cell as an extension for execution on the server does: the kernel gets the source alone,
   * and the document the count.
   */
  async runOnServer(index: number): Promise<void> {
    await this.page.evaluate(async index => {
      const { content, context } = (window as unknown as ILabWindow).jupyterapp
        .shell.currentWidget!;
      const { sharedModel } = content.widgets[index].model;
      const code = sharedModel.getSource();
      const { kernel } = context!.sessionContext!.session!;
      const reply = await kernel!.requestExecute({ code }).done;
      sharedModel.execution_count = reply.content.execution_count;
    }, index);
  }

  /** Click away what JupyterLab says in the corner. */
  async dismissNotifications(): Promise<void> {
    const close = this.page.getByTitle('Hide notification', { exact: true });
    // Some slide away by themselves meanwhile.
    await expect(async () => {
      for (const button of await close.all()) {
        await button.click({ timeout: 1000 });
      }
      await expect(close).toHaveCount(0, { timeout: 1000 });
    }).toPass();
  }

  /** Give the panel more room, at the cost of the file browser. */
  async widenPanel(width: number): Promise<void> {
    await this.command('application:toggle-left-area');
    await expect(this.page.locator('#jp-left-stack')).toBeHidden();
    this._formerWidth = await this._resizePanel(width);
  }

  /** Make JupyterLab ready for another test. */
  async tidy(): Promise<void> {
    if (this._formerWidth !== null) {
      await this._resizePanel(this._formerWidth);
    }
    await tidy(this.page);
  }

  /** Switch JupyterLab's theme. */
  async theme(kind: 'Light' | 'Dark'): Promise<void> {
    await this.command('apputils:change-theme', {
      theme: `JupyterLab ${kind}`
    });
    await expect(this.page.locator('body')).toHaveAttribute(
      'data-jp-theme-light',
      String(kind === 'Light')
    );
  }

  /** Open a document, and wait until it is in front. */
  private async _bringForward(path: string): Promise<void> {
    await this.command('docmanager:open', { path });
    const inFront = () =>
      this.page.evaluate(() => {
        const { shell } = (window as unknown as ILabWindow).jupyterapp;
        return shell.currentWidget?.context?.path;
      });
    await expect.poll(inFront).toBe(path);
  }

  /** Drag the edge of the panel; returns how wide it was. */
  private async _resizePanel(width: number): Promise<number> {
    const box = await this.page.locator('#jp-right-stack').boundingBox();
    expect(box).not.toBeNull();
    const { x, y, height, width: before } = box!;
    const { mouse } = this.page;
    await mouse.move(x - 2, y + height / 2);
    await mouse.down();
    await mouse.move(x - 2 - (width - before), y + height / 2, { steps: 5 });
    await mouse.up();
    return before;
  }

  private async _change(kernel: { id: string } | { name: string }) {
    await this.page.evaluate(kernel => {
      const { shell } = (window as unknown as ILabWindow).jupyterapp;
      void shell.currentWidget?.context?.sessionContext?.changeKernel(kernel);
    }, kernel);
  }

  /** Of the panel, before a test widened it. */
  private _formerWidth: number | null = null;
}

interface IFixtures {
  lab: Lab;
}

/** Each test finds JupyterLab without a document; no kernel and no error is left behind. */
export const test = base.extend<IFixtures>({
  lab: async ({ page, request, errors, course, ownPage }, provide, info) => {
    expect(errors).toEqual([]);
    const lab = new Lab(page, request, `w${info.workerIndex}-${info.testId}`);
    await provide(lab);
    course.isOver = true;
    if (ownPage === null && info.status === info.expectedStatus) {
      await lab.tidy();
    } else {
      await page.goto('about:blank');
    }
    await stopKernels(request);
  }
});

export { expect };
