/** The part of JupyterLab's application that the tests read. */

export interface ILabWindow {
  jupyterapp: {
    restored: Promise<void>;
    commands: {
      execute(id: string, args?: Record<string, unknown>): Promise<unknown>;
    };
    serviceManager: {
      contents: { rename(from: string, to: string): Promise<unknown> };
    };
    shell: {
      currentWidget: IDocumentWidget | null;
      leftCollapsed: boolean;
      expandLeft(): void;
      widgets(area: string): Iterable<IWidget>;
    };
  };
}

interface IWidget {
  dispose(): void;
}

/** A notebook in the main area. */
interface IDocumentWidget extends IWidget {
  content: {
    activeCellIndex: number;
    widgets: { model: { id: string; sharedModel: ISharedCell } }[];
  };
  context?: {
    path: string;
    sessionContext?: {
      isReady: boolean;
      changeKernel(model: { id: string } | { name: string }): Promise<unknown>;
      session?: { kernel?: IKernel | null } | null;
    };
  };
}

interface ISharedCell {
  execution_count: number | null;
  getSource(): string;
}

interface IKernel {
  id: string;
  status: string;
  requestExecute(content: { code: string }): {
    done: Promise<{ content: { execution_count: number | null } }>;
  };
}
