"""`python -m policy_match` is `policy-match`."""

from policy_match.cli import run

run()
