model = torch.compile(model)
