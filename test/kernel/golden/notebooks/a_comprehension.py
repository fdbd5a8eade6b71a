# A comprehension.
# advice: a 2 3 4 5

# %% a
model.eval()
outs = [
    model(xb)
    for xb, _ in loader
]
