!echo 'it''s
files = !echo one
with torch.no_grad():
    out = model(x)  # forward
out.shape?
?flag
%pwd
