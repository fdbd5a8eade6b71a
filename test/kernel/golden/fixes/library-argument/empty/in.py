accelerator = Accelerator()
