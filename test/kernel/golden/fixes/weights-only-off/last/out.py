state = torch.load(
    path,
    map_location=device,
)
