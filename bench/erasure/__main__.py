"""python -m bench.erasure"""

from bench.erasure.command import main

if __name__ == "__main__":
    raise SystemExit(main())
