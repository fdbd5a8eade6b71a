model.eval()
result = (
    model(x)  # 😀
    .argmax(1)
)
model.train()
return result