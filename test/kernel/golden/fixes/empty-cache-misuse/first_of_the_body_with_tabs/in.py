while go:
	torch.cuda.empty_cache()
	step()
