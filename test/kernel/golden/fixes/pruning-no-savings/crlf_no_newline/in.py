from torch.nn.utils import prune
prune.l1_unstructured(model.fc, name='weight', amount=2)