"""Source transformations: text edits computed with libcst on the exact source that ran."""
