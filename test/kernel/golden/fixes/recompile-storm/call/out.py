model = torch.compile(model, dynamic=True)
