class T:
    @staticmethod
    def go(loss):
        loss.backward()