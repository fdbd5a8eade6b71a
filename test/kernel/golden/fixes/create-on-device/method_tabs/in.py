import torch
class Net(Base):
	@property
	def mask(self):
		return self.scale * torch.ones(3).to(self.device)
