model = torch.compile(
    model,
    mode="reduce-overhead",
    dynamic=True,
)
