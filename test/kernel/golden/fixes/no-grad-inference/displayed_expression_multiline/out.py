# What does it say?
with torch.no_grad():
    output = (
        model(
            x  # forward
        )
    )
output
