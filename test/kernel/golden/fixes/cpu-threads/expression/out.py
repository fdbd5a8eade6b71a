torch.set_num_threads(2)  # all
