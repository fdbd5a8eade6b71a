import torch
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
class Net(nn.Module):
    @torch.no_grad()
    def start(self, n):
        return torch.zeros(n, 1).to(device)
