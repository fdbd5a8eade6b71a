(
    x +
    y
);  # both
