# advice: none
# %% a
import copy
import pickle
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 6), nn.Linear(6, 3)).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x = torch.randn(4, 6, device=DEVICE)
nothing = None

def measured():
    return torch.as_tensor(0.5)

class Leaves(Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        raise SystemExit(3)
# %% no_gradient_but_none_at_all
# raises: AttributeError
nothing.grad
# %% nothing_beside_a_missing_gradient
# raises: AttributeError
nothing.log(x.grad)
# %% types_that_mix_beside_some_that_do_not
# raises: RuntimeError
scale = torch.ones(6, dtype=torch.float64, device=DEVICE)
(x * scale).sum() + (x.exp() @ scale.exp()).sum()
# %% a_teacher_beside_a_loss_from_elsewhere
# raises: RuntimeError
with torch.no_grad():
    soft = model(x)
loss = measured() * 2
loss.backward()
# %% a_shape_of_the_users_own
# raises: ValueError
raise ValueError("the sizes of my two tables must match")
# %% sizes_without_names
# raises: RuntimeError
(x[:, :2] + x[:3, :1].expand(3, 2)).sum()
# %% index_of_a_list
# raises: IndexError
[1, 2, 3][7]
# %% index_without_a_name
# raises: IndexError
torch.arange(3)[5]
# %% dimension
# raises: IndexError
x.sum(7)
# %% pickling
# raises: PicklingError or AttributeError
pickle.dumps(lambda batch: batch)
# %% deepcopy
# raises: RuntimeError
copy.deepcopy(model(x))
# %% view_of_several
# raises: RuntimeError
first, *others = model(x).unbind(0)
first += 1
# %% loss_from_elsewhere
# raises: RuntimeError
loss = measured()
loss.backward()
# %% loss_without_a_name
# raises: RuntimeError
model(x).backward()
# %% values_without_a_name
# raises: RuntimeError or TypeError
[model(x).numpy(), model(x).numpy()]
# %% several_values
# raises: RuntimeError or ValueError
float(model(x).detach())
# %% states_of_an_optimizer
# raises: ValueError
optimizer.load_state_dict(torch.optim.SGD([{"params": [p]} for p in model.parameters()]).state_dict())
# %% nothing_to_train
# raises: ValueError
torch.optim.SGD([], lr=0.1)
# %% a_layer_without_parameters
# raises: ValueError
relu = nn.ReLU()
torch.optim.SGD(relu.parameters(), lr=0.1)
# %% a_worker_of_its_own_accord
# raises: RuntimeError or SystemExit
list(DataLoader(Leaves(), num_workers=1, multiprocessing_context="fork"))
# %% of_a_future_kind
# raises: RuntimeError
raise RuntimeError("device-side trouble of another kind")
