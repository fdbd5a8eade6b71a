state = torch.load(
    path,
    map_location=device,
    weights_only=False,
)
