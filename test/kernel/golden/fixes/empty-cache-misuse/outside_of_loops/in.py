torch.cuda.empty_cache()
