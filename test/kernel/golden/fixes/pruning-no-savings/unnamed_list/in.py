from torch.nn.utils import prune
prune.global_unstructured([(m, 'weight')], pruning_method=P, amount=1)
