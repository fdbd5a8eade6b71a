"""What a long call does with its time: data, forward, backward, optimizer, evaluation, saving."""
