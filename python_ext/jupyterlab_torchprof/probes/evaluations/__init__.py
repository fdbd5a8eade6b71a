"""What libraries gather of their evaluations."""
