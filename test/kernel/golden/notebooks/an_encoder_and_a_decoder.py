# An encoder and a decoder.
# advice: a 3 4

# %% f
enc, dec = make_model(out=256).eval(), make_model().eval()

# %% a
outs = []
for xb, _ in loader:
    h = enc(xb)
    outs.append(dec(h))
