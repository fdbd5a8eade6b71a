# A checkpointed model.
# advice: a 1

# %% f
from torch.utils.checkpoint import checkpoint_sequential
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = make_model()
    def forward(self, x):
        return checkpoint_sequential(self.body, 2, x, use_reentrant=False)
net = Net().eval()
wide = [torch.randn(4096, 256) for _ in range(4)]

# %% a
outs = [net(xb) for xb in wide]
