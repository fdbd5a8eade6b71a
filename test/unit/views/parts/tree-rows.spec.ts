import { placementTree } from '../../../../src/charts/placement-tree';
import {
  SHOWN,
  nodeName,
  reveal,
  treeKey,
  treeRows
} from '../../../../src/views/parts/tree-rows';
import { makePlacement } from '../../fixtures/records';
import { makeBigPlacement } from '../../fixtures/sessions';

const NOTHING = { turned: new Set<string>(), all: new Set<string>() };
const nodes = placementTree(makePlacement(), []);

describe('treeRows', () => {
  it('should show the top, and what is below an open node', () => {
    expect(treeRows(nodes, NOTHING).map(({ id }) => id)).toEqual([
      '0',
      '1',
      '2',
      '3'
    ]);
    const rows = treeRows(nodes, {
      ...NOTHING,
      turned: new Set([nodeName(nodes[0])])
    });
    expect(rows[1]).toMatchObject({
      id: '0/0',
      level: 2,
      position: 1,
      siblings: 5
    });
    expect(rows).toHaveLength(9);
  });

  it('should open a single variable by itself', () => {
    const model = nodes.slice(0, 1);
    expect(treeRows(model, NOTHING)).toHaveLength(6);
    expect(
      treeRows(model, { ...NOTHING, turned: new Set([nodeName(model[0])]) })
    ).toHaveLength(1);
  });

  it('should announce what is too much, and show it when asked to', () => {
    const tree = placementTree(makeBigPlacement(4), []);
    const checkpoint = tree.find(({ path }) => path === 'checkpoint')!;
    const turned = new Set([nodeName(checkpoint)]);
    const rows = treeRows(tree, { ...NOTHING, turned });
    expect(rows).toHaveLength(2 + SHOWN + 1);
    expect(rows[rows.length - 1]).toMatchObject({
      kind: 'more',
      count: 64 - SHOWN,
      first: `${checkpoint.id}/${SHOWN}`
    });
    const all = new Set([nodeName(checkpoint)]);
    expect(treeRows(tree, { turned, all })).toHaveLength(2 + 64);
  });

  it('should bring any node into sight', () => {
    const tree = placementTree(makeBigPlacement(10), []);
    const id = '0/9/9/9';
    const rows = treeRows(tree, reveal(tree, id, NOTHING));
    expect(rows.some(row => row.id === id)).toBe(true);
  });
});

describe('treeKey', () => {
  const rows = treeRows(nodes, {
    ...NOTHING,
    turned: new Set([nodeName(nodes[0])])
  });

  it.each<[string, number, ReturnType<typeof treeKey>]>([
    ['ArrowRight', 0, { kind: 'focus', index: 1 }],
    ['ArrowLeft', 0, { kind: 'toggle', index: 0 }],
    ['ArrowLeft', 3, { kind: 'focus', index: 0 }],
    ['ArrowLeft', 7, null],
    ['ArrowRight', 6, { kind: 'toggle', index: 6 }],
    ['ArrowRight', 2, null],
    ['ArrowDown', 2, { kind: 'focus', index: 3 }],
    ['Home', 5, { kind: 'focus', index: 0 }],
    ['End', 0, { kind: 'focus', index: 8 }],
    ['Enter', 6, { kind: 'toggle', index: 6 }],
    ['x', 0, null]
  ])('%s on row %d', (key, current, expected) => {
    expect(treeKey(key, current, rows)).toEqual(expected);
  });
});
