%%bash
model(x)
