"""python -m bench.solve_cost"""

from bench.solve_cost.command import main

if __name__ == "__main__":
    raise SystemExit(main())
