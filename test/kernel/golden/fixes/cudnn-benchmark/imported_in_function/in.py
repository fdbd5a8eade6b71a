def load():
    import torch
    return torch
