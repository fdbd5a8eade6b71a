from torch.nn.utils import prune
prune.random_unstructured(net[0], 'bias', 0.3)  # some
