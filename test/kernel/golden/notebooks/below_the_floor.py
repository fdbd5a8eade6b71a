# Below the floor.
# advice: none

# %% a
small = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4)).eval()
outs = [small(torch.randn(2, 4)) for _ in range(10)]
