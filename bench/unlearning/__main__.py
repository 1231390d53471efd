"""python -m bench.unlearning"""

from bench.unlearning.command import main

if __name__ == "__main__":
    raise SystemExit(main())
