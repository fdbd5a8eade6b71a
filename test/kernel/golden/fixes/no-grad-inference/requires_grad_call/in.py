out = model(x.requires_grad_())  # forward
