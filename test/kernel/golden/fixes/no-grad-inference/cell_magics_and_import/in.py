
%%capture captured

%%time
out = model(x)  # forward
