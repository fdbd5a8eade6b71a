def work(rank):
	torch.set_num_threads(1)
	x = torch.randn(8)
