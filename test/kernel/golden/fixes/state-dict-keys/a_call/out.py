model.load_state_dict({key.removeprefix("module."): value for key, value in torch.load("a.pt").items()}, strict=True)
