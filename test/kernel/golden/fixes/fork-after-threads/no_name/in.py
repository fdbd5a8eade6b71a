def work(rank):
    x = make()
