import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Widget } from '@lumino/widgets';
import { act } from 'react';

import extension from '../../../src/output';
import { MIME_TYPE } from '../../../src/output/mime';
import { makeHostile } from '../fixtures/hostile';
import { makeFixed, makeInference, makeSession } from '../fixtures/records';

(
  globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }
).IS_REACT_ACT_ENVIRONMENT = true;

describe('the mime renderer', () => {
  const { rendererFactory } = Array.isArray(extension)
    ? extension[0]
    : extension;
  let renderer: ReturnType<typeof rendererFactory.createRenderer>;

  beforeEach(() => {
    renderer = rendererFactory.createRenderer({
      mimeType: MIME_TYPE,
      resolver: null,
      sanitizer: { sanitize: (text: string) => text },
      linkHandler: null,
      latexTypesetter: null
    });
    Widget.attach(renderer, document.body);
  });

  afterEach(() => {
    act(() => renderer.dispose());
  });

  async function draw(data: unknown): Promise<HTMLElement> {
    const model: IRenderMime.IMimeModel = {
      trusted: false,
      data: { [MIME_TYPE]: data as never },
      metadata: {},
      setData: () => undefined
    };
    await act(() => renderer.renderModel(model));
    return renderer.node;
  }

  it('should be safe, and for our type only', () => {
    expect(rendererFactory.safe).toBe(true);
    expect(rendererFactory.mimeTypes).toEqual([MIME_TYPE]);
  });

  it('should show the detail of one run', async () => {
    const node = await draw(makeSession([makeInference()]));
    expect(node.querySelector('[role=listbox]')).toBeNull();
    expect(node.textContent).toContain('keeps 340 MiB');
    expect(node.textContent).toContain('with torch.no_grad():');
  });

  it('should let one choose among several', async () => {
    const node = await draw(
      makeSession([
        makeInference({ cell_id: 'a' }),
        makeFixed({ cell_id: 'b' })
      ])
    );
    const options = node.querySelectorAll<HTMLElement>('[role=option]');
    expect(options).toHaveLength(2);
    expect(node.querySelector('.jp-Torchprof-detail')).toBeNull();
    act(() => options[1].click());
    expect(node.textContent).toContain('The fix was measured.');
  });

  it('should draw again when the output changes', async () => {
    await draw(makeSession([makeInference()]));
    const node = await draw(makeSession([makeFixed()]));
    expect(node.textContent).toContain('The fix was measured.');
    expect(node.querySelectorAll('.jp-Torchprof')).toHaveLength(1);
  });

  it.each([
    ['nothing', undefined],
    ['text', 'not JSON'],
    ['another document', { cells: [] }],
    ['a newer major version', { ...makeSession([]), schema_version: '3.0' }],
    ['a broken run', makeSession([{ ...makeInference(), source: 3 as never }])]
  ])('should say what is wrong with %s', async (_, data) => {
    const node = await draw(data);
    expect(node.querySelector('[role=alert]')?.textContent).toMatch(
      /^This profile cannot be shown\. .{20,}/
    );
  });

  it('should be harmed by nothing', async () => {
    const node = await draw(makeHostile());
    expect(node.querySelector('script, img')).toBeNull();
    expect(window).not.toHaveProperty('hurt');
  });
});
