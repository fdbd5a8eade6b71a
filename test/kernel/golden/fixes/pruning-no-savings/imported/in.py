from torch.nn.utils.prune import l1_unstructured
l1_unstructured(m, 'weight', 2)
