# Batches that are dicts.
# advice: a 4

# %% f
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = make_model()
    def forward(self, image, scale):
        return {'logits': self.body(image * scale)}
net = Net().eval()

# %% a
batches = [{'image': xb, 'scale': 2.0} for xb, _ in loader]
outs = []
for batch in batches:
    outs.append(net(**batch)['logits'])
