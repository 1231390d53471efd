"""python -m bench.screening"""

from bench.screening.command import main

if __name__ == "__main__":
    raise SystemExit(main())
