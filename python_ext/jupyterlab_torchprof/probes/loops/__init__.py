"""What happens again and again in a loop: batches, optimizer steps, and the calls around them."""
