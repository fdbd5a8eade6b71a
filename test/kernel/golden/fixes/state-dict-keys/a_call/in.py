model.load_state_dict(torch.load("a.pt"), strict=True)
