search = GridSearchCV(NeuralNetClassifier(Net, lr=(0.1)), grid)
