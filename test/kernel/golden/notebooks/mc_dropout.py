# MC dropout.
# advice: none

# %% a
mc = nn.Sequential(make_model(out=256), nn.Dropout(0.5), nn.Linear(256, 10)).train()
samples = torch.stack([mc(x) for _ in range(5)])
