# What does it say?
(
    model(
        x  # forward
    )
)
