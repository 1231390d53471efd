"""Known holes in the packages that are installed, as pip-audit finds them: python -m bench.audit

Needs the network: the advisories are read from the package index. Ends with 1 if there is a hole,
and with 2 if nothing can be said because the advisories could not be read.
"""

import json
import subprocess
import sys
from typing import Any

from bench.command_line import parser_for

OURS = "lethe"
"""Not on any index."""


def main(arguments: list[str] | None = None) -> int:
    """Ask, and print what is known."""
    parser_for("bench.audit", __doc__).parse_args(arguments)
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off"]
    done = subprocess.run(command, capture_output=True, text=True)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, LookupError, TypeError):
        return _unreached((done.stderr.strip().splitlines() or ["no answer"])[-1])
    return judge([package for package in packages if package["name"] != OURS])


def judge(packages: list[dict[str, Any]]) -> int:
    """Print the holes of `packages`, as pip-audit lists them, and return the exit status."""
    unknown = [package for package in packages if "skip_reason" in package]
    if len(unknown) == len(packages):
        return _unreached(unknown[0]["skip_reason"] if unknown else "no package was looked at")
    for package in unknown:
        print(f"not audited: {package['name']}: {package['skip_reason']}")
    holes = [(package, hole) for package in packages for hole in package.get("vulns", [])]
    for package, hole in holes:
        mended = ", ".join(hole["fix_versions"]) or "no version yet"
        print(f"{package['name']} {package['version']}: {hole['id']}, mended in {mended}")
    print(f"{len(packages) - len(unknown)} packages audited, {len(holes)} known holes")
    return int(bool(holes))


def _unreached(why: str) -> int:
    print(f"lethe: nothing was audited, the advisories cannot be read: {why}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
