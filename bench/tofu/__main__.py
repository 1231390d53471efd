"""python -m bench.tofu"""

from bench.tofu.command import main

if __name__ == "__main__":
    raise SystemExit(main())
