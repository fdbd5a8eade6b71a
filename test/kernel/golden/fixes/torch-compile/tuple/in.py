model, optimizer = make()
