state = torch.load(
    path,  # ours
    weights_only=False,
)
