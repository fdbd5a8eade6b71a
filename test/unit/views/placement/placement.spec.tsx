import * as React from 'react';

import { PLAIN } from '../../../../src/report/plain';
import { Placement } from '../../../../src/views/placement/placement';
import type { Placement as IPlacement } from '../../../../src/record/_session';
import { makeInference, makePlacement } from '../../fixtures/records';
import { makeBigPlacement } from '../../fixtures/sessions';
import { hidden } from '../hidden';
import { cleanUp, click, focus, get, press, render, rerender } from '../render';

const { retained = [] } = makeInference().grad!;

describe('Placement', () => {
  afterEach(cleanUp);

  function view(placement: IPlacement, graphs = retained): JSX.Element {
    return (
      <Placement
        placement={placement}
        retained={graphs}
        devices={['host', 'cuda:0', 'cuda:1']}
        trans={PLAIN}
      />
    );
  }

  const items = (element: Element) => [
    ...element.querySelectorAll<HTMLElement>('[role=treeitem]')
  ];
  const item = (element: Element, text: string) =>
    items(element).find(row => row.textContent?.includes(text))!;

  it('should say in a word what each variable is, where, and how large', () => {
    const element = render(view(makePlacement()));
    expect(
      items(element).map(
        row => get(row, '.jp-Torchprof-visuallyHidden').textContent
      )
    ).toEqual([
      'outputs · 13 tensors · 376 MiB · cuda:0',
      'model · VisionTransformer · 82 MiB · cuda:0 · float32 · 21,600,004 parameters · eval mode',
      'test_images · float32 [2048, 3, 32, 32] · 24 MiB · cpu',
      'not listed one by one · 8 MiB · cuda:0'
    ]);
    expect(get(element, 'summary h4').textContent).toBe(
      'Placementcuda:0 466 MiB · Host 24 MiB'
    );
  });

  it('should say what other ranks have, also of what lived in a function', () => {
    const [model] = makePlacement().modules!;
    const part = { ...model, parameter_bytes: 3 << 20, whole_bytes: 6 << 20 };
    const local = { ...part, path: 'net', alive: false, count: 1 };
    const words = 'is divided among ranks: 3 MiB of 6 MiB parameters are here';
    for (const placement of [
      { totals: [], modules: [part] },
      { totals: [], modules: [], local_modules: [local as never] }
    ]) {
      const element = render(view(placement, []));
      expect(get(element, 'p.jp-Torchprof-muted').textContent).toContain(words);
      // What lived in a function holds nothing any more: no chart of nothing.
      const isHeld = placement.modules.length > 0;
      expect(element.querySelectorAll('[role=tree]')).toHaveLength(+isHeld);
      expect(get(element, 'summary').textContent === 'Placement').toBe(!isHeld);
      cleanUp();
    }
  });

  it('should say what a library keeps elsewhere between forwards', () => {
    const [model] = makePlacement().modules!;
    const managed = {
      ...model,
      devices: { 'cuda:0': 1024, meta: 0 },
      layers: { managed: 'accelerate' },
      offloaded: { cpu: 3 << 20, disk: 5 << 20 }
    };
    const element = render(view({ totals: [], modules: [managed] }, []));
    expect(get(element, 'p.jp-Torchprof-muted').textContent).toBe(
      'model keeps weights elsewhere between forwards: 3 MiB in host memory, 5 MiB in files'
    );
    // That it lies on several devices is what the library is for.
    expect(element.querySelector('.jp-Torchprof-warning')).toBeNull();
  });

  it('should call the size of a graph that was not followed a bound', () => {
    const [graph] = retained;
    const element = render(
      view(makePlacement(), [{ ...graph, truncated: true }])
    );
    const [outputs, model] = items(element);
    expect(get(outputs, '.jp-Torchprof-treeBytes').textContent).toBe(
      '≥ 376 MiB'
    );
    expect(get(outputs, '.jp-Torchprof-visuallyHidden').textContent).toContain(
      'at least 376 MiB'
    );
    expect(get(model, '.jp-Torchprof-treeBytes').textContent).toBe('82 MiB');
    const row = [...element.querySelectorAll('tr')].find(each =>
      each.textContent?.includes('graphs')
    );
    expect(row?.textContent).toContain('at least');
    expect(get(element, 'summary h4').textContent).toContain('at least');
  });

  it.each(['\u202emodel\0', 'מודל'])(
    'should let no name turn our words: %j',
    path => {
      const placement = makePlacement();
      const [module] = placement.modules!;
      const modules = [{ ...module, path, class_name: path }];
      const element = render(
        view({ ...placement, modules, totals: [], tensors: [] }, [])
      );
      const caption = get(element, '.jp-Torchprof-treeCaption').textContent!;
      const shown = path.replace(/[\u202e\0]/g, '\ufffd');
      expect(caption).toContain(
        `\u2068${shown}\u2069 · \u2068${shown}\u2069 · `
      );
      // Nothing of ours stands in what has a direction of its own.
      for (const isolated of element.querySelectorAll('bdi')) {
        expect(isolated.textContent).not.toContain('MiB');
      }
      expect(hidden(element)).toBeUndefined();
    }
  );

  it('should open and close by keyboard, and keep one stop of the Tab key', () => {
    const element = render(view(makePlacement()));
    const [outputs] = items(element);
    expect(outputs.getAttribute('aria-expanded')).toBe('false');
    focus(outputs);
    press('ArrowRight');
    expect(outputs.getAttribute('aria-expanded')).toBe('true');
    expect(items(element)).toHaveLength(17);
    press('ArrowRight');
    expect(document.activeElement?.textContent).toContain('graph of outputs');
    expect(document.activeElement?.getAttribute('aria-level')).toBe('2');
    press('End');
    expect(document.activeElement?.textContent).toContain('not listed');
    press('m');
    expect(document.activeElement?.textContent).toContain('VisionTransformer');
    expect(element.querySelectorAll('[tabindex="0"]')).toHaveLength(1);
    press('Home');
    press('ArrowLeft');
    expect(items(element)).toHaveLength(4);
  });

  it('should show the rest of a long list, and go on from there', () => {
    const element = render(view(makeBigPlacement(4), []));
    click(item(element, 'checkpoint'));
    const more = item(element, '44 more: ');
    const count = items(element).length;
    click(more);
    expect(items(element)).toHaveLength(count + 43);
    expect(document.activeElement?.getAttribute('aria-posinset')).toBe('21');
  });

  it('should keep open what is there in another run, too', () => {
    const element = render(view(makePlacement()));
    click(item(element, 'VisionTransformer'));
    const opened = items(element).length;
    rerender(element, view(makePlacement(), []));
    expect(
      item(element, 'VisionTransformer').getAttribute('aria-expanded')
    ).toBe('true');
    expect(items(element)).toHaveLength(opened);
  });

  it('should show a mixed module in the colours of its devices, and say so', () => {
    const element = render(view(makeBigPlacement(4), []));
    const model = item(element, 'Pipeline');
    expect(
      [
        ...model.querySelectorAll<HTMLElement>('.jp-Torchprof-treeBar > span')
      ].map(({ dataset }) => dataset.device)
    ).toEqual(['1', '2']);
    expect(get(model, '.jp-Torchprof-treeDevice').textContent).toBe(
      '2 devices'
    );
    expect(get(element, '.jp-Torchprof-warning').textContent).toBe(
      'model lies on several devices: cuda:0, cuda:1'
    );
  });

  it('should lead from the icicle to the row', () => {
    const element = render(view(makeBigPlacement(10), []));
    const leaves = element.querySelectorAll<HTMLElement>('[data-depth="2"]');
    expect(leaves.length).toBeGreaterThan(10);
    click(leaves[5]);
    const title = leaves[5].title;
    expect(
      get(document.activeElement!, '.jp-Torchprof-visuallyHidden').textContent
    ).toBe(title);
  });

  it('should stay small with a thousand modules', () => {
    const element = render(view(makeBigPlacement(10), []));
    expect(element.querySelectorAll('*').length).toBeLessThan(800);
  });

  it('should say nothing where nothing is held', () => {
    expect(render(view({}, [])).textContent).toBe('');
  });
});
