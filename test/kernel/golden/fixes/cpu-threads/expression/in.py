torch.set_num_threads(8 * cores)  # all
