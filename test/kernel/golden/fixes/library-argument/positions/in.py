accelerator = Accelerator(True, False, "fp16")
