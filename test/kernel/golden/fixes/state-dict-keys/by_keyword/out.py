model.load_state_dict(strict=True, state_dict={key.removeprefix("module."): value for key, value in saved["net"].items()})
