from torch.nn.utils import prune
params = [(model[0], 'weight'), (model[2], 'weight')]
prune.global_unstructured(
    params,
    pruning_method=prune.L1Unstructured,
    amount=0.2,
)
