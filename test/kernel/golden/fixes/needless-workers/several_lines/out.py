loader = DataLoader(
    data,
    shuffle=True,
)
