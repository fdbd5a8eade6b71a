y = out.to("cpu", non_blocking=True).numpy()
