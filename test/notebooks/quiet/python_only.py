# advice: none
# %% a
words = "the quick brown fox".split()
lengths = {word: len(word) for word in words}
# %% b
print(sorted(lengths, key=lengths.get))
# %% c
# raises: ZeroDivisionError
1 / 0
# %% d
[n**2 for n in range(5)]
