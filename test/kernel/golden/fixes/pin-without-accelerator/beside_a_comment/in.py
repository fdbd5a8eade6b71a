a = DataLoader(
    data,
    pin_memory=True,  # faster
    shuffle=True,
)
