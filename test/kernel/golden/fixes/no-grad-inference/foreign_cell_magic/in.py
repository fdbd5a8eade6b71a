%%bash
python -c 'model(x)'  # forward
