# advice: load map-location-missing 12
# fixed: not compared: the cell failed before
# %% save
import io
import zipfile

import torch

class Store:
    def __init__(self, file):
        self.file = file

    def read(self):
        self.file.seek(0)
        self.state = torch.load(self.file)
        return self.state
here, file = io.BytesIO(), io.BytesIO()
torch.save({"weight": torch.zeros(4)}, here)
# As if it had been saved on the eighth device of a larger machine.
with zipfile.ZipFile(here) as old, zipfile.ZipFile(file, "w") as new:
    for name in old.namelist():
        data = old.read(name)
        new.writestr(name, data.replace(b"\x03\x00\x00\x00cpu", b"\x06\x00\x00\x00cuda:7"))
# %% load
# raises: RuntimeError
state = Store(file).read()
