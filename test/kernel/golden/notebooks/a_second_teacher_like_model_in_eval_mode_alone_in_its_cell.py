# A second teacher-like model in eval mode, alone in its cell.
# advice: a 2

# %% a
teacher = make_model().eval()
targets = [teacher(xb) for xb, _ in loader]
