for backbone, head, optimizer in pairs: criterion(head(backbone(x)), y).backward(); optimizer.step()
