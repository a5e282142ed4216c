"""`python -m treadle` is the command `treadle`."""

from treadle.cli.main import main

main()
