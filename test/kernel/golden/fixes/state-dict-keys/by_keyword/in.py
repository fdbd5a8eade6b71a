model.load_state_dict(strict=True, state_dict=saved["net"])
