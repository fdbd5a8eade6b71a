/** What there is to know of one thing that holds memory, in words. */
import type { IPlacementNode } from '../../charts/placement-tree';
import { oncePer } from '../../record/once';
import { formatBytes } from '../../record/units';
import { isolated } from '../../record/visible';
import type { ITranslate } from '../state';
import { clip } from '../parts/text';

/** Devices and dtypes named at most. */
const NAMED = 4;
/** Characters of a path, and of other names. */
const PATH = 200;
const NAME = 60;

/** Its name in the tree: what stands below a name need not repeat it. */
export function nodeLabel(node: IPlacementNode, trans: ITranslate): string {
  switch (node.kind) {
    case 'graph':
      return trans.__('graph of %1', node.label);
    case 'rest':
      return trans.__('other parameters');
    case 'unlisted':
      return trans.__('not listed one by one');
    case 'device':
      return node.shares[0].device ?? trans.__('gradients');
    default:
      return node.label;
  }
}

/** What it is, in a word or two: class, dtype and shape. */
export function nodeKind(node: IPlacementNode, trans: ITranslate): string {
  const { module, tensor, graph, children } = node;
  if (module) {
    return module.class_name;
  }
  if (tensor) {
    return tensor.shape.length > 0
      ? `${tensor.dtype} [${tensor.shape.join(', ')}]`
      : tensor.dtype;
  }
  if (graph) {
    return trans._n('%1 tensor', '%1 tensors', graph.tensors);
  }
  return node.kind === 'group'
    ? trans._n('%1 tensor', '%1 tensors', children.length)
    : '';
}

/**
 * Everything in one line: path, what it is, bytes, devices, gradients. What is of the user's
 * program is cut and isolated: it turns nothing of what follows.
 */
export function nodeWords(node: IPlacementNode, trans: ITranslate): string {
  const { path, bytes, shares } = node;
  const name =
    node.kind === 'module' || node.kind === 'tensor' || node.kind === 'group'
      ? theirs(path, PATH)
      : theirs(nodeLabel(node, trans), PATH);
  const where =
    shares.length === 1
      ? theirs(shares[0].device ?? '')
      : shares
          .slice(0, NAMED)
          .map(
            share =>
              `${theirs(share.device ?? '?')} ${formatBytes(share.bytes)}`
          )
          .join(' + ');
  return [
    name,
    theirs(nodeKind(node, trans)),
    isBound(node)
      ? trans.__('at least %1', formatBytes(bytes))
      : formatBytes(bytes),
    where,
    ...details(node, trans)
  ]
    .filter(Boolean)
    .join(' · ');
}

/** Its bytes where there is little room; `≥`: a graph in it was not followed to its end. */
export function nodeBytes(node: IPlacementNode): string {
  const bytes = formatBytes(node.bytes);
  return isBound(node) ? `≥ ${bytes}` : bytes;
}

/** Whether its bytes are a lower bound; asked of each node once, not of all below it again. */
const isBound: (node: IPlacementNode) => boolean = oncePer(
  ({ graph, children }) => graph?.truncated === true || children.some(isBound)
);

function theirs(text: string, length = NAME): string {
  return text && isolated(clip(text, length));
}

function details(
  { module, tensor, graph }: IPlacementNode,
  trans: ITranslate
): (string | false)[] {
  if (module) {
    return [
      Object.keys(module.dtypes ?? {})
        .slice(0, NAMED)
        .map(dtype => theirs(dtype))
        .join(' + '),
      trans.__('%1 parameters', module.parameters.toLocaleString('en')),
      module.trainable_bytes === 0 && trans.__('frozen'),
      module.gradient_bytes > 0 &&
        trans.__('%1 of gradients', formatBytes(module.gradient_bytes)),
      module.training ? trans.__('training mode') : trans.__('eval mode')
    ];
  }
  if (tensor) {
    return [
      tensor.has_grad_fn
        ? trans.__('with graph')
        : tensor.requires_grad && trans.__('requires grad')
    ];
  }
  return graph ? [trans.__('%1 nodes', graph.nodes.toLocaleString('en'))] : [];
}
