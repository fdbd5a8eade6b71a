backbone = tuned(head, optimizer.step())
