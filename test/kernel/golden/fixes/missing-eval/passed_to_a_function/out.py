# how good?
model.eval()
score = evaluate(model, loader)
score