"""`python -m siaga`: the same command."""

from siaga.cli import main

main()
