def work(rank):
	x = torch.randn(8)
