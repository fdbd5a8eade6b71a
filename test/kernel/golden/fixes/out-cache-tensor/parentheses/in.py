(
    x +
    y
)  # both
