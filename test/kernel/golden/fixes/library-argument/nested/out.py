search = GridSearchCV(NeuralNetClassifier(Net, lr=(0.1), iterator_train__num_workers=2), grid)
