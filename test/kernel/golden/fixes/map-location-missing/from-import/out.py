from torch import load

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
state = load(path, map_location=device)
