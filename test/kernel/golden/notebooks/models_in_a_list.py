# Models in a list.
# advice: a 5

# %% a
models = [make_model().eval() for _ in range(3)]
outs = []
for m in models:
    for xb, _ in loader:
        outs.append(m(xb))
