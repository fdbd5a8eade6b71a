return(
    model(x)  # 😀
    .argmax(1)
)