import torch
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
with open("model.pt", "rb") as file:
    state = torch.load(file)
