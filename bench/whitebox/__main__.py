"""python -m bench.whitebox"""

from bench.whitebox.command import main

if __name__ == "__main__":
    raise SystemExit(main())
