model.load_state_dict({"a": a})
