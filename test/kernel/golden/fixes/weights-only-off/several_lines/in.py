state = torch.load(
    path,
    weights_only=False,
    map_location=device,
)
