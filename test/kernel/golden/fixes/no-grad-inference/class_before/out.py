import functools
@functools.total_ordering
class Pair:
    def __lt__(self, other): return True
    def __eq__(self, other): return True
with torch.no_grad():
    out = model(x)  # forward
