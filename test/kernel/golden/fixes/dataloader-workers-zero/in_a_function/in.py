from torch.utils.data import DataLoader
def make(split):
	return DataLoader(split, batch_size=(8 * 4))
