# VAE.
# advice: none

# %% f
enc, dec = make_model(out=32), make_model(width=16, out=256)
opt = torch.optim.Adam([*enc.parameters(), *dec.parameters()])

# %% a
for xb, _ in loader:
    mu, logvar = enc(xb).chunk(2, 1)
    z = mu + torch.randn_like(mu) * (0.5 * logvar).exp()
    rec = dec(z)
    kl = (mu ** 2 + logvar.exp() - logvar - 1).sum(1).mean()
    loss = F.mse_loss(rec, xb) + kl
    opt.zero_grad()
    loss.backward()
    opt.step()
