loader = DataLoader(
    data,
    num_workers=2,
    shuffle=True,
)
