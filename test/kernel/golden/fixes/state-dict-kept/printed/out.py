checkpoint = torch.load("model.pt")
model.load_state_dict(checkpoint)
print(len(checkpoint))
del checkpoint
