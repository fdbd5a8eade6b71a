"""What processes that a cell starts together tell of themselves, and what that says of all.

Each process has a `rank.entry.RankEntry` in the place of the user's function. It opens a
measurement there and writes a `stream` of frames to a file of its own; the kernel reads the files
while the cell runs (`gather`). So nothing is lost with a process that dies, and no port is opened.
"""
