%%time
model = nn.Sequential(
    nn.Linear(8, 8),
    nn.ReLU(),
)
model.compile()
