model.load_state_dict(*saved)
