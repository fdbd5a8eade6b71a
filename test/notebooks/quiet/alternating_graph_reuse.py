# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

encoder, predictor, adversary = (nn.Linear(16, 16).to(DEVICE) for _ in range(3))
opt_main = torch.optim.Adam([*encoder.parameters(), *predictor.parameters()])
opt_adv = torch.optim.Adam(adversary.parameters())
# %% train
for step in range(10):
    x = torch.randn(32, 16, device=DEVICE)
    code = encoder(x)
    adv_loss = adversary(code).pow(2).mean()
    main_loss = F.mse_loss(predictor(code), x)
    opt_adv.zero_grad()
    opt_main.zero_grad()
    adv_loss.backward(retain_graph=True)
    main_loss.backward()
    opt_adv.step()
    opt_main.step()
