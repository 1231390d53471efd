"""python -m bench.surgeon"""

from bench.surgeon.command import main

if __name__ == "__main__":
    raise SystemExit(main())
