/** What lies where, as a tree of bytes: device, then modules and tensors by their names. */
import type {
  PlacedModule,
  PlacedTensor,
  Placement,
  RetainedGraph
} from '../record/_session';

/** One rectangle of the chart. The parent's bytes are at least the sum of its children's. */
export interface IPlacementNode {
  readonly id: string;
  /** `''` for the root. */
  readonly parent: string;
  /** `null` for the root above several devices. */
  readonly device: string | null;
  /** 0 for a device. */
  readonly depth: number;
  readonly label: string;
  /** How the user would write it. */
  readonly path: string;
  readonly bytes: number;
  /** What it is: class, dtype, shape. */
  readonly detail: string;
}

/** The words of the tree that are not of the record. */
export interface ITreeWords {
  /** Label of the root above several devices. */
  readonly root: string;
  /** Label of the graph that a variable keeps. */
  graphOf(variable: string): string;
}

/** Rectangles below this share of everything cannot be seen. */
const VISIBLE = 0.002;
/** Rectangles drawn at most. */
const LIMIT = 400;

/**
 * Parents stand before their children, the largest device first. Of several devices the root is
 * a node of its own. Graphs that variables keep are there too: they may be the most of it.
 */
export function placementTree(
  placement: Placement,
  retained: readonly RetainedGraph[],
  words: ITreeWords
): IPlacementNode[] {
  const totals = new Map<string, number>();
  for (const { device, storage_bytes } of placement.totals ?? []) {
    totals.set(device, (totals.get(device) ?? 0) + storage_bytes);
  }
  for (const { device, saved_bytes } of retained) {
    totals.set(device, (totals.get(device) ?? 0) + saved_bytes);
  }
  const devices = [...totals]
    .filter(([, bytes]) => bytes > 0)
    .sort((a, b) => b[1] - a[1])
    .map(([device, total]) =>
      deviceBranch(placement, retained, words, device, total)
    );
  if (devices.length < 2) {
    return visible(
      devices.flatMap(branch =>
        flatten(branch, {
          device: branch.path,
          depth: 0,
          id: '0',
          parent: '',
          name: ''
        })
      )
    );
  }
  const root: IPlacementNode = {
    id: 'root',
    parent: '',
    device: null,
    depth: -1,
    label: words.root,
    path: words.root,
    bytes: sum(devices),
    detail: ''
  };
  const below = devices.flatMap((branch, index) =>
    flatten(branch, {
      device: branch.path,
      depth: 0,
      id: `${index}`,
      parent: root.id,
      name: ''
    })
  );
  return visible([root, ...below]);
}

interface IBranch {
  path: string;
  bytes: number;
  detail: string;
  children: IBranch[];
}

function deviceBranch(
  placement: Placement,
  retained: readonly RetainedGraph[],
  words: ITreeWords,
  device: string,
  total: number
): IBranch {
  const children = [
    ...(placement.modules ?? []).map(module => moduleBranch(module, device)),
    ...tensorBranches(
      (placement.tensors ?? []).filter(tensor => tensor.device === device)
    ),
    ...retained
      .filter(graph => graph.device === device)
      .map(graph => graphBranch(graph, words))
  ].filter(branch => branch.bytes > 0);
  // Modules that share parameters count them twice, totals only once.
  return {
    path: device,
    bytes: Math.max(total, sum(children)),
    detail: '',
    children
  };
}

/** What a variable keeps alive by its graph; the tensors saved there have no names. */
function graphBranch(graph: RetainedGraph, words: ITreeWords): IBranch {
  return {
    path: words.graphOf(graph.variable),
    bytes: graph.saved_bytes,
    detail: '',
    children: []
  };
}

function moduleBranch(module: PlacedModule, device: string): IBranch {
  const children = (module.children ?? [])
    .map(child => moduleBranch(child, device))
    .filter(branch => branch.bytes > 0);
  const onDevice = module.devices?.[device] ?? 0;
  const alone = Object.keys(module.devices ?? {}).length === 1 && onDevice > 0;
  // Gradients are counted per module only; they lie where its parameters do.
  const bytes = onDevice + (alone ? module.gradient_bytes : 0);
  return {
    path: module.path,
    bytes: Math.max(bytes, sum(children)),
    detail: [module.class_name, ...Object.keys(module.dtypes ?? {})].join(
      ' · '
    ),
    children
  };
}

/** Elements of one container (`outputs[0]`, `outputs[1]`, …) stand under its name. */
function tensorBranches(tensors: readonly PlacedTensor[]): IBranch[] {
  const groups = new Map<string, IBranch[]>();
  for (const tensor of tensors) {
    const name = /^[^.[(]*/.exec(tensor.path)?.[0] || tensor.path;
    const group = groups.get(name) ?? [];
    groups.set(name, group);
    group.push({
      path: tensor.path,
      bytes: tensor.storage_bytes,
      detail: `${tensor.dtype} · ${tensor.shape.join(' × ') || 'scalar'}`,
      children: []
    });
  }
  return [...groups].map(([path, children]) =>
    children.length === 1
      ? children[0]
      : {
          path,
          bytes: sum(children),
          detail: `${children.length} tensors`,
          children
        }
  );
}

function flatten(
  branch: IBranch,
  place: {
    device: string;
    depth: number;
    id: string;
    parent: string;
    /** Path of the parent, which the child's label need not repeat. */
    name: string;
  }
): IPlacementNode[] {
  const { path, bytes, detail, children } = branch;
  const { name, ...where } = place;
  const label =
    name && path.startsWith(name) && path.length > name.length
      ? path.slice(name.length).replace(/^\./, '')
      : path;
  return [
    { ...where, label, path, bytes, detail },
    ...children.flatMap((child, index) =>
      flatten(child, {
        device: place.device,
        depth: place.depth + 1,
        id: `${place.id}/${index}`,
        parent: place.id,
        name: path
      })
    )
  ];
}

function visible(nodes: readonly IPlacementNode[]): IPlacementNode[] {
  const everything = nodes[0]?.bytes ?? 0;
  const large = nodes.filter(
    node => node.bytes >= VISIBLE * everything && node.bytes > 0
  );
  const smallest =
    large.length <= LIMIT
      ? 0
      : [...large].sort((a, b) => b.bytes - a.bytes)[LIMIT - 1].bytes;
  // A child is never larger than its parent, so no parent is lost before its child.
  return large.filter(node => node.bytes >= smallest);
}

function sum(branches: readonly IBranch[]): number {
  return branches.reduce((total, branch) => total + branch.bytes, 0);
}
