import torch
class Net(nn.Module):
    @torch.no_grad()
    def start(self, n):
        return torch.zeros(n, 1).to(torch.device("cuda"))
