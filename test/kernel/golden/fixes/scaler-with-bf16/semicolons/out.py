loss.backward(); optimizer.step()
