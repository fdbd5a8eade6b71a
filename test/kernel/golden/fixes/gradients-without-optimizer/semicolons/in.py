a = 1; criterion(head(backbone(x)), y).backward(); optimizer.step()
