from torch.nn.utils import prune
prune.l1_unstructured(m, 'weight', 2)
prune.remove(m, 'weight')
