# GAN.
# advice: none

# %% f
G, D = make_model(out=256), make_model(out=1)
g_opt = torch.optim.Adam(G.parameters())
d_opt = torch.optim.Adam(D.parameters())

# %% a
for xb, _ in loader:
    z = torch.randn(512, 256)
    fake = G(z)
    d_loss = F.softplus(-D(xb)).mean() + F.softplus(D(fake.detach())).mean()
    d_opt.zero_grad()
    d_loss.backward()
    d_opt.step()
    g_loss = F.softplus(-D(fake)).mean()
    g_opt.zero_grad()
    g_loss.backward()
    g_opt.step()
