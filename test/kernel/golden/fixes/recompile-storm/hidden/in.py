model = torch.compile(model, **options)
