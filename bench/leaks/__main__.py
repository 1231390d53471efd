"""python -m bench.leaks"""

from bench.leaks.command import main

if __name__ == "__main__":
    raise SystemExit(main())
