return (yield model(x))
