import { placementTree } from '../../../src/charts/placement-tree';
import { makeInference, makePlacement } from '../fixtures/records';

const MIB = 2 ** 20;
const WORDS = { root: 'All', graphOf: (name: string) => `graph of ${name}` };

describe('placementTree', () => {
  const nodes = placementTree(makePlacement(), [], WORDS);
  const find = (path: string) => nodes.find(node => node.path === path);

  it('should have a root above several devices, and none above one', () => {
    expect(nodes[0]).toMatchObject({ parent: '', label: 'All', device: null });
    const { totals, ...rest } = makePlacement();
    const one = placementTree(
      { ...rest, totals: totals!.filter(total => total.device !== 'cpu') },
      [],
      WORDS
    );
    expect(one[0]).toMatchObject({ parent: '', label: 'cuda:0', depth: 0 });
    expect(one.some(node => node.path === 'test_images')).toBe(false);
  });

  it('should never have children larger than their parent', () => {
    for (const parent of nodes) {
      const children = nodes.filter(node => node.parent === parent.id);
      const sum = children.reduce((bytes, child) => bytes + child.bytes, 0);
      expect(sum).toBeLessThanOrEqual(parent.bytes);
    }
  });

  it('should have unique ids, parents first', () => {
    const seen = new Set(['']);
    for (const { id, parent } of nodes) {
      expect(seen.has(parent)).toBe(true);
      expect(seen.has(id)).toBe(false);
      seen.add(id);
    }
  });

  it('should group the elements of a container under its name', () => {
    expect(find('outputs')).toMatchObject({
      bytes: 36 * MIB,
      detail: '12 tensors'
    });
    expect(find('outputs[3]')).toMatchObject({ label: '[3]', bytes: 3 * MIB });
  });

  it('should label parts of a module without repeating its path', () => {
    expect(find('model.blocks.2')).toMatchObject({
      label: 'blocks.2',
      bytes: 18 * MIB
    });
  });

  it('should put each share of a mixed module on its device', () => {
    const [module] = makePlacement().modules!;
    const mixed = placementTree(
      {
        totals: [
          { device: 'cpu', dtype: 'float32', storage_bytes: 40, tensors: 1 },
          { device: 'cuda:0', dtype: 'float32', storage_bytes: 60, tensors: 1 }
        ],
        modules: [
          { ...module, children: [], devices: { cpu: 40, 'cuda:0': 60 } }
        ]
      },
      [],
      WORDS
    );
    const shares = mixed.filter(node => node.path === 'model');
    expect(shares.map(node => [node.device, node.bytes])).toEqual([
      ['cuda:0', 60],
      ['cpu', 40]
    ]);
  });

  it('should add gradients to the module that has them', () => {
    const [module] = makePlacement().modules!;
    const [, model] = placementTree(
      {
        totals: [
          { device: 'cpu', dtype: 'float32', storage_bytes: 200, tensors: 2 }
        ],
        modules: [
          {
            ...module,
            children: [],
            devices: { cpu: 100 },
            gradient_bytes: 100
          }
        ]
      },
      [],
      WORDS
    );
    expect(model.bytes).toBe(200);
  });

  it('should have what graphs keep, which may be the most of it', () => {
    const { retained } = makeInference().grad!;
    const tree = placementTree(makePlacement(), retained!, WORDS);
    expect(tree.find(node => node.path === 'graph of outputs')).toMatchObject({
      bytes: 340 * MIB,
      device: 'cuda:0'
    });
    expect(tree[1]).toMatchObject({ label: 'cuda:0', bytes: 466 * MIB });
  });

  it('should leave out what nobody could see, and keep a bound', () => {
    const tensors = Array.from({ length: 2000 }, (_, i) => ({
      path: `x${i}`,
      device: 'cpu',
      dtype: 'float32',
      shape: [1],
      storage_bytes: i,
      requires_grad: false
    }));
    const many = placementTree(
      {
        totals: [
          {
            device: 'cpu',
            dtype: 'float32',
            storage_bytes: 2_000_000,
            tensors: 2000
          }
        ],
        tensors
      },
      [],
      WORDS
    );
    expect(many.length).toBeLessThanOrEqual(401);
    expect(placementTree({}, [], WORDS)).toEqual([]);
  });
});
