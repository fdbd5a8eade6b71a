import { MergeView } from '@codemirror/merge';
import type { Extension } from '@codemirror/state';
import { EditorState } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { jupyterTheme } from '@jupyterlab/codemirror';
import * as React from 'react';

import type { SourceDiff } from '../views/comparison/source-changes';
import { lineDiff } from '../views/parts/diff';
import { DiffLines } from '../views/parts/diff-lines';
import type { ITranslate } from '../views/state';

/** Pixels from which two editors stand side by side; below, lines stand under each other. */
const WIDE = 640;
/** Lines of context around a change; what is between is folded. */
const CONTEXT = 4;

/** The diff of two sources as JupyterLab's editor shows it. */
export function sideBySide(
  languages: IEditorLanguageRegistry | null,
  trans: ITranslate
): SourceDiff {
  return function SideBySide({ before, after }) {
    const ref = React.useRef<HTMLDivElement>(null);
    const isWide = useWide(ref);
    return (
      <div ref={ref} className="jp-Torchprof-sideBySide">
        {isWide ? (
          <Merged
            before={before}
            after={after}
            languages={languages}
            trans={trans}
          />
        ) : (
          <DiffLines lines={lineDiff(before, after)} trans={trans} />
        )}
      </div>
    );
  };
}

function useWide(ref: React.RefObject<HTMLElement>): boolean {
  const [isWide, setWide] = React.useState(false);
  React.useLayoutEffect(() => {
    const element = ref.current;
    if (!element) {
      return;
    }
    const measure = () => setWide(element.clientWidth >= WIDE);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return isWide;
}

function Merged(props: {
  before: string;
  after: string;
  languages: IEditorLanguageRegistry | null;
  trans: ITranslate;
}): JSX.Element {
  const { before, after, languages, trans } = props;
  const ref = React.useRef<HTMLDivElement>(null);
  const python = usePython(languages);
  React.useEffect(() => {
    if (!ref.current) {
      return;
    }
    const side = (doc: string, label: string) => ({
      doc,
      extensions: [
        jupyterTheme,
        python,
        lineNumbers(),
        EditorState.readOnly.of(true),
        EditorView.editable.of(false),
        EditorView.lineWrapping,
        // It cannot be edited, but be reached and scrolled by keyboard.
        EditorView.contentAttributes.of({ tabindex: '0', 'aria-label': label })
      ]
    });
    const view = new MergeView({
      a: side(before, trans.__('Source before')),
      b: side(after, trans.__('Source after')),
      parent: ref.current,
      collapseUnchanged: { margin: CONTEXT, minSize: CONTEXT }
    });
    return () => view.destroy();
  }, [before, after, python, trans]);
  return <div ref={ref} />;
}

/** Highlights Python, as soon as that is loaded. */
function usePython(languages: IEditorLanguageRegistry | null): Extension {
  const [support, setSupport] = React.useState<Extension>([]);
  React.useEffect(() => {
    let current = true;
    languages?.getLanguage('python').then(
      python => current && python?.support && setSupport(python.support),
      // Without colours it can be read as well.
      () => undefined
    );
    return () => {
      current = false;
    };
  }, [languages]);
  return support;
}
