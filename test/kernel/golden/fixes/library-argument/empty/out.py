accelerator = Accelerator(mixed_precision="bf16")
