"""python -m bench.methods"""

from bench.methods.command import main

if __name__ == "__main__":
    raise SystemExit(main())
