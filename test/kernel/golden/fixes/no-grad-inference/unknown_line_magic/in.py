%run evaluate.py
