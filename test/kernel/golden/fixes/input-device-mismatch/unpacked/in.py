import torch
out = model(**batch)
