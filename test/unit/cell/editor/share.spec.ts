import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';

import { NO_MARKS, setMarks } from '../../../../src/cell/editor/extension';
import type { ILineHeat } from '../../../../src/cell/editor/heat';
import { hottestShare, shareIn } from '../../../../src/cell/editor/share';

const DOC = 'load()\ntrain(x)\nlast()';

const makeHeat = (line: number, isHottest: boolean): ILineHeat => ({
  line,
  share: 0.62,
  level: 4,
  samples: 18,
  total: 29,
  seconds: 3.1,
  by: null,
  growth: [],
  growthLevel: 0,
  isHottest
});

describe('cell/editor/share', () => {
  /** Pixels in which the code of a line ends; the editor is 400 wide. */
  let end: number;
  let view: EditorView;

  beforeEach(() => {
    end = 100;
    view = new EditorView({
      state: EditorState.create({ doc: DOC, extensions: [hottestShare()] }),
      parent: document.body
    });
    // jsdom lays nothing out.
    jest.spyOn(view.scrollDOM, 'clientWidth', 'get').mockReturnValue(400);
    jest.spyOn(view, 'coordsAtPos').mockImplementation(() => ({
      left: end,
      right: end,
      top: 20,
      bottom: 36
    }));
  });

  afterEach(() => view.destroy());

  async function show(heat: readonly ILineHeat[]): Promise<HTMLElement | null> {
    view.dispatch({ effects: setMarks.of({ ...NO_MARKS, heat }) });
    await new Promise(resolve => requestAnimationFrame(resolve));
    return view.dom.querySelector<HTMLElement>('.jp-Torchprof-heatShare');
  }

  it('should stand at the right end of the hottest line, beside the text', async () => {
    const share = await show([makeHeat(1, false), makeHeat(2, true)]);
    expect(share?.textContent).toBe('62%');
    expect(share?.style.top).toBe('20px');
    expect(share?.closest('[aria-hidden=true]')).not.toBeNull();
    expect(view.contentDOM.contains(share)).toBe(false);
    expect(view.contentDOM.textContent).not.toContain('62');
    expect(view.state.doc.toString()).toBe(DOC);
  });

  it('should not be there for other lines, nor where the code needs the room', async () => {
    expect(await show([makeHeat(2, false)])).toBeNull();
    expect(shareIn(view.state)).toBeNull();
    end = 380;
    expect(await show([makeHeat(2, true)])).toBeNull();
    expect(shareIn(view.state)).toBe('62%');
    expect(await show([])).toBeNull();
  });

  it('should say where the buttons of the active cell stand above it', async () => {
    const first = await show([makeHeat(1, true)]);
    expect(first?.classList.contains('jp-mod-first')).toBe(true);
    const second = await show([makeHeat(2, true)]);
    expect(second?.classList.contains('jp-mod-first')).toBe(false);
  });

  it('should be of no line that is not there', async () => {
    expect(await show([makeHeat(9, true)])).toBeNull();
  });
});
