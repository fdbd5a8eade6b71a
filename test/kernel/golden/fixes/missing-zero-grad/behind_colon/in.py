for x in data: f(x).backward()
opt.step()
