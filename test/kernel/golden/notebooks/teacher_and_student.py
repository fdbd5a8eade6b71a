# Teacher and student.
# advice: none

# %% f
teacher = make_model().eval()

# %% a
for xb, _ in loader:
    t = teacher(xb)
    s = model(xb)
    loss = F.mse_loss(s, t)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
