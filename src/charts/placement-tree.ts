/** What holds the memory, as a tree: variables, the parts of modules, devices of mixed ones. */
import type {
  PlacedModule,
  PlacedTensor,
  Placement,
  RetainedGraph
} from '../record/_session';

/** Bytes on one device; `null`: the record does not say on which. */
export interface IShare {
  readonly device: string | null;
  readonly bytes: number;
}

/** One thing that holds memory. */
export interface IPlacementNode {
  /** The places of its ancestors and its own: `"0/3/1"`. */
  readonly id: string;
  readonly kind:
    | 'module'
    | 'tensor'
    /** A container, or a variable with tensors and a graph. */
    | 'group'
    /** Tensors that autograd has saved for a backward of the variable. */
    | 'graph'
    /** Parameters of a module that are not of the parts listed. */
    | 'rest'
    /** The share that one device has of a module. */
    | 'device'
    /** Tensors that were counted, but not listed. */
    | 'unlisted';
  /** Its name below its parent, which it does not repeat; of a kind without a name: its parent's. */
  readonly label: string;
  /** How the user would write it. */
  readonly path: string;
  readonly bytes: number;
  /** Where its bytes are, most first. */
  readonly shares: readonly IShare[];
  readonly module?: PlacedModule;
  readonly tensor?: PlacedTensor;
  readonly graph?: RetainedGraph;
  /** The largest first. */
  readonly children: readonly IPlacementNode[];
}

/** Less than this is not worth a row of its own, where it is neither named nor listed. Bytes. */
const UNLISTED = 1 << 20;
/** The listed tensors have more names than anybody reads. */
const LEVELS = 12;

type Draft = Omit<IPlacementNode, 'id' | 'label' | 'children'> & {
  children: Draft[];
};

/**
 * What the namespace holds, the largest first: its modules with their parts, its tensors (those of
 * one container together), and the graphs that variables keep. What was counted but is not listed
 * by name comes as a node for itself.
 */
export function placementTree(
  placement: Placement,
  retained: readonly RetainedGraph[]
): IPlacementNode[] {
  const named = [
    ...(placement.modules ?? []).map(module => moduleDraft(module, LEVELS)),
    ...variableDrafts(placement.tensors ?? [], retained)
  ];
  return finish([...named, ...unlisted(placement, named)], '', '');
}

/** Bytes of all nodes. */
export function sumOf(nodes: readonly { readonly bytes: number }[]): number {
  return nodes.reduce((sum, { bytes }) => sum + bytes, 0);
}

function moduleDraft(module: PlacedModule, levels: number): Draft {
  const { path } = module;
  const listed = levels > 0 ? (module.children ?? []) : [];
  const parts = listed.map(child => moduleDraft(child, levels - 1));
  const own = sharesOf(ownBytes(module, listed));
  const shares = sharesOf(addUp([...parts, { shares: own }].flatMap(sharesIn)));
  const children =
    parts.length > 0
      ? [...parts, shareDraft('rest', path, own)]
      : shares.length > 1
        ? shares.map(share => shareDraft('device', path, [share]))
        : [];
  return {
    kind: 'module',
    path,
    bytes: sumOf(shares),
    shares,
    module,
    children
  };
}

/** What a module has on each device beside the parts that are listed: parameters and gradients. */
function ownBytes(
  module: PlacedModule,
  parts: readonly PlacedModule[]
): Map<string | null, number> {
  const own = new Map<string | null, number>(
    Object.entries(module.devices ?? {})
  );
  // Gradients lie where their parameters do; of a mixed module nobody knows how they divide.
  const where = own.size === 1 ? [...own.keys()][0] : null;
  let gradients = module.gradient_bytes;
  for (const part of parts) {
    gradients -= part.gradient_bytes;
    for (const [device, bytes] of Object.entries(part.devices ?? {})) {
      own.set(device, (own.get(device) ?? 0) - bytes);
    }
  }
  return own.set(where, (own.get(where) ?? 0) + Math.max(0, gradients));
}

function sharesIn(draft: { shares: readonly IShare[] }): readonly IShare[] {
  return draft.shares;
}

/** Tensors and graphs by the variable that has them: `outputs[0]`, `outputs[1]` are of `outputs`. */
function variableDrafts(
  tensors: readonly PlacedTensor[],
  retained: readonly RetainedGraph[]
): Draft[] {
  const variables = new Map<string, Draft[]>();
  const add = (draft: Draft, name: string) => {
    if (draft.bytes > 0) {
      variables.set(name, [...(variables.get(name) ?? []), draft]);
    }
  };
  for (const tensor of tensors) {
    const { path, device, storage_bytes: bytes, shares_storage } = tensor;
    // Its bytes are those of another that is listed.
    if (!shares_storage) {
      const shares = [{ device, bytes }];
      add(
        { kind: 'tensor', path, bytes, shares, tensor, children: [] },
        variableOf(path)
      );
    }
  }
  for (const graph of retained) {
    const { variable: path, device, saved_bytes: bytes } = graph;
    const shares = [{ device, bytes }];
    add(
      { kind: 'graph', path, bytes, shares, graph, children: [] },
      variableOf(path)
    );
  }
  return [...variables].map(([path, children]) =>
    children.length === 1
      ? children[0]
      : {
          kind: 'group',
          path,
          bytes: sumOf(children),
          shares: sharesOf(addUp(children.flatMap(sharesIn))),
          children
        }
  );
}

/** What the totals have more than what is named, by device. */
function unlisted(placement: Placement, named: readonly Draft[]): Draft[] {
  const known = addUp(
    named.flatMap(function shares(draft): readonly IShare[] {
      return draft.kind === 'graph'
        ? []
        : draft.kind === 'group'
          ? draft.children.flatMap(shares)
          : draft.shares;
    })
  );
  // Gradients of mixed modules could be anywhere.
  const anywhere = known.get(null) ?? 0;
  const totals = addUp(
    (placement.totals ?? []).map(({ device, storage_bytes }) => ({
      device,
      bytes: storage_bytes
    }))
  );
  const rest = sharesOf(
    new Map(
      [...totals].map(([device, bytes]) => [
        device,
        bytes - (known.get(device) ?? 0) - anywhere
      ])
    )
  ).filter(({ bytes }) => bytes >= UNLISTED);
  return rest.length > 0 ? [shareDraft('unlisted', '', rest)] : [];
}

function shareDraft(
  kind: 'device' | 'rest' | 'unlisted',
  path: string,
  shares: readonly IShare[]
): Draft {
  return { kind, path, bytes: sumOf(shares), shares, children: [] };
}

/** Sort, number, and name what stands below a name. */
function finish(
  drafts: readonly Draft[],
  parent: string,
  name: string
): IPlacementNode[] {
  return [...drafts]
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes)
    .map((draft, index) => {
      const id = parent === '' ? `${index}` : `${parent}/${index}`;
      const { path } = draft;
      const label =
        name && path.startsWith(name) && path.length > name.length
          ? path.slice(name.length).replace(/^\./, '')
          : path;
      return {
        ...draft,
        id,
        label,
        children: finish(draft.children, id, path)
      };
    });
}

/** The variable that an expression begins with. */
function variableOf(path: string): string {
  return /^[^.[(]*/.exec(path)?.[0] || path;
}

function addUp(shares: readonly IShare[]): Map<string | null, number> {
  const sums = new Map<string | null, number>();
  for (const { device, bytes } of shares) {
    sums.set(device, (sums.get(device) ?? 0) + bytes);
  }
  return sums;
}

function sharesOf(sums: ReadonlyMap<string | null, number>): IShare[] {
  return [...sums]
    .filter(([, bytes]) => bytes > 0)
    .map(([device, bytes]) => ({ device, bytes }))
    .sort((a, b) => b.bytes - a.bytes);
}
