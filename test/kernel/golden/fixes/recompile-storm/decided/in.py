model = torch.compile(model, dynamic=False)
