# Ignored on its line.
# advice: none

# %% a
model.eval()
outs = []
for xb, _ in loader:
    outs.append(model(xb))  # torchprof: ignore[no-grad-inference]
