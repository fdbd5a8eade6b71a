checkpoint = torch.load(path)
%time model.load_state_dict(checkpoint["model"])
