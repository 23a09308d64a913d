"""What a program on the 32-bit runtime can and cannot do."""

import sys

print("maxsize", sys.maxsize)
try:
    with open(__file__ + ".written", "w") as file:
        file.write("!")
    print("it can write")
except OSError:
    print("no writing")
