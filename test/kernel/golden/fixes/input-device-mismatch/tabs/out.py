import torch
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
def predict(x):
	with torch.no_grad():
		return model(x.to(device))
