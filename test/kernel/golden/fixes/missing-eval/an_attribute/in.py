f(lab.model(a)).backward()
lab.opt.step()
lab.out = lab.model(x)
