# how good?
score = evaluate(model, loader)
score