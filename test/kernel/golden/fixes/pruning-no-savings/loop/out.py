from torch.nn.utils import prune
for m in model.modules():
    if isinstance(m, nn.Linear):
        prune.ln_structured(m, name='weight', amount=0.2, n=2, dim=0)
        prune.remove(m, 'weight')
