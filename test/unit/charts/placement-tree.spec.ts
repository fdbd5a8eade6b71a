import type { IPlacementNode } from '../../../src/charts/placement-tree';
import { placementTree } from '../../../src/charts/placement-tree';
import { makeInference, makePlacement } from '../fixtures/records';
import { makeBigPlacement } from '../fixtures/sessions';

const MIB = 2 ** 20;

function all(nodes: readonly IPlacementNode[]): IPlacementNode[] {
  return nodes.flatMap(node => [node, ...all(node.children)]);
}

describe('placementTree', () => {
  const { retained } = makeInference().grad!;
  const nodes = placementTree(makePlacement(), retained!);

  it('should have each variable once, the largest first', () => {
    expect(
      nodes.map(({ kind, path, bytes }) => [kind, path, bytes / MIB])
    ).toEqual([
      ['group', 'outputs', 376],
      ['module', 'model', 82],
      ['tensor', 'test_images', 24],
      ['unlisted', '', 8]
    ]);
  });

  it('should have the tensors of a container and its graph below its name', () => {
    const [outputs] = nodes;
    expect(outputs.children).toHaveLength(13);
    expect(outputs.children[0]).toMatchObject({
      kind: 'graph',
      bytes: 340 * MIB,
      shares: [{ device: 'cuda:0' }]
    });
    expect(outputs.children[4]).toMatchObject({
      kind: 'tensor',
      label: '[3]',
      path: 'outputs[3]'
    });
  });

  it('should label the parts of a module without its path, and count the rest', () => {
    expect(
      nodes[1].children.map(({ kind, label, bytes }) => [
        kind,
        label,
        bytes / MIB
      ])
    ).toEqual([
      ['module', 'blocks.0', 18],
      ['module', 'blocks.1', 18],
      ['module', 'blocks.2', 18],
      ['module', 'blocks.3', 18],
      ['rest', 'model', 10]
    ]);
  });

  it('should have unique ids that say where a node stands', () => {
    const ids = all(nodes).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(nodes[1].children[2].id).toBe('1/2');
  });

  it.each<[string, readonly IPlacementNode[]]>([
    ['of a small model', nodes],
    ['of a big one', placementTree(makeBigPlacement(10), [])]
  ])('should add up at each node %s', (_, tree) => {
    for (const { bytes, shares, children } of all(tree)) {
      const sum = (list: readonly { bytes: number }[]) =>
        list.reduce((total, entry) => total + entry.bytes, 0);
      expect(sum(shares)).toBe(bytes);
      if (children.length > 0) {
        expect(sum(children)).toBe(bytes);
      }
    }
  });

  it('should part a mixed module by device where its parts are not known', () => {
    const [module] = makePlacement().modules!;
    const [mixed] = placementTree(
      {
        modules: [
          { ...module, children: [], devices: { cpu: 40, 'cuda:0': 60 } }
        ]
      },
      []
    );
    expect(mixed.children.map(({ kind, shares }) => [kind, shares[0]])).toEqual(
      [
        ['device', { device: 'cuda:0', bytes: 60 }],
        ['device', { device: 'cpu', bytes: 40 }]
      ]
    );
  });

  it('should put gradients where the parameters are, or nowhere known', () => {
    const [module] = makePlacement().modules!;
    const sharesOf = (devices: { [device: string]: number }) =>
      placementTree(
        {
          modules: [{ ...module, children: [], devices, gradient_bytes: 100 }]
        },
        []
      )[0].shares;
    expect(sharesOf({ cpu: 100 })).toEqual([{ device: 'cpu', bytes: 200 }]);
    expect(sharesOf({ cpu: 50, 'cuda:0': 60 })).toEqual([
      { device: null, bytes: 100 },
      { device: 'cuda:0', bytes: 60 },
      { device: 'cpu', bytes: 50 }
    ]);
  });

  it('should leave out tensors whose storage is counted for another', () => {
    const { tensors } = makePlacement();
    const views = tensors!.map(tensor => ({ ...tensor, shares_storage: true }));
    expect(placementTree({ tensors: views }, [])).toEqual([]);
  });

  it('should be empty where nothing is held', () => {
    expect(placementTree({}, [])).toEqual([]);
  });
});
