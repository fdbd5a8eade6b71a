"""What records prove, together with the text, for rules of any family to ask."""
