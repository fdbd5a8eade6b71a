# advice: none
# %% a
import torch

def refuse(message, kind=RuntimeError):
    raise kind(message)
# %% assertions_of_a_device
# raises: RuntimeError
refuse("CUDA error: device-side assert triggered")
# %% a_budget_of_its_own
# raises: MemoryError
refuse("the cache is full", MemoryError)
# %% a_pool_of_its_own
# raises: RuntimeError
raise RuntimeError("DataLoader worker (pid 123) is killed by signal: Killed.")
# %% a_check_of_keys
# raises: RuntimeError
raise RuntimeError(
    'Error(s) in loading state_dict for Net:\n\tMissing key(s) in state_dict: "a.weight". '
)
# %% a_check_of_sizes
# raises: AssertionError
assert torch.ones(2).numel() == 3, "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)"
