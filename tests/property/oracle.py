"""
A literal reading of spec/rules.md and spec/facts.md, sharing no code with the library.

Slow and plain on purpose: sets of descendants are never built, every question is asked anew.
0 false, 1 unknown, 2 true.
"""

from __future__ import annotations

from datetime import date

THRESHOLDS = {  # 国统字〔2017〕213号; employees in persons, revenue and assets in yuan
    "A": [("revenue", 200_000_000, 5_000_000, 500_000)],
    "C": [("employees", 1000, 300, 20), ("revenue", 400_000_000, 20_000_000, 3_000_000)],
    "65": [("employees", 300, 100, 10), ("revenue", 100_000_000, 10_000_000, 500_000)],
    "I6": [("employees", 2000, 100, 10), ("revenue", 1_000_000_000, 10_000_000, 1_000_000)],
}
ORDER = ["micro", "small", "medium", "large"]


def oracle(rule: dict, enterprise: dict, as_of: date) -> int:
    if "all" in rule:
        return min([oracle(r, enterprise, as_of) for r in rule["all"]], default=2)
    if "any" in rule:
        return max([oracle(r, enterprise, as_of) for r in rule["any"]], default=0)
    if "not" in rule:
        return 2 - oracle(rule["not"], enterprise, as_of)
    if "of" in rule:
        truths = [oracle(r, enterprise, as_of) for r in rule["of"]]
        if truths.count(2) >= rule["at_least"]:
            return 2
        return 0 if truths.count(2) + truths.count(1) < rule["at_least"] else 1
    if "attest" in rule:
        answer = enterprise["attested"].get(rule["attest"])
        return 1 if answer is None else 2 * answer
    return leaf(rule, enterprise["facts"], as_of)


def leaf(rule: dict, facts: dict, as_of: date) -> int:
    fact, op, value = rule["fact"], rule["op"], rule["value"]
    if fact == "size_class":
        return size_leaf(value, facts, as_of)
    if op == "in":
        return 1 if fact not in facts else set_leaf(fact, value, facts[fact], as_of)
    if fact == "established_years" and "established_on" in facts:
        have: object = years(date.fromisoformat(facts["established_on"]), as_of)
    elif fact in facts:
        have = facts[fact]
    else:
        return 1
    return (
        2
        * {
            ">=": have >= value,
            ">": have > value,
            "<=": have <= value,
            "<": have < value,
            "==": have == value,
        }[op]
    )


def years(start: date, end: date) -> float:
    whole = end.year - start.year - ((end.month, end.day) < (start.month, start.day))
    last, following = (date(start.year + whole + n, start.month, start.day) for n in (0, 1))
    return whole + (end - last).days / (following - last).days


def ancestors(fact: str, code: str) -> list[str]:
    if fact == "region":
        cuts = [code[:6], code[:4] + "00", code[:2] + "0000", "000000"]
        return [
            cut
            for cut in dict.fromkeys(cuts)
            if cut != code and len(cut) <= len(code) and code != "000000"
        ]
    if fact == "industry" and code.isdigit():
        division = code[:2]
        letter = {"27": "C", "26": "C", "65": "I", "53": "G", "70": "K", "01": "A"}[division]
        return [cut for cut in (code[:3], code[:2]) if len(cut) < len(code)] + [letter]
    return []


def written(entries: list, as_of: date) -> list[str]:
    valid = []
    for entry in entries:
        if isinstance(entry, str):
            valid.append(entry)
        elif entry["valid_from"] <= as_of.isoformat() <= entry["valid_until"]:
            valid.append(entry["code"])
    return valid


def set_leaf(fact: str, wanted: list[str], stated: object, as_of: date) -> int:
    complete = isinstance(stated, list)
    has = written(stated if complete else stated["has"], as_of)
    lacks = [] if complete else stated["lacks"]

    def lacked(code: str) -> bool:
        return any(c in lacks for c in [code, *ancestors(fact, code)])

    if any(h == w or w in ancestors(fact, h) for h in has for w in wanted):
        return 2
    if any(h in ancestors(fact, w) and not lacked(w) for h in has for w in wanted):
        return 1
    return 0 if complete or all(lacked(w) for w in wanted) else 1


def size_leaf(wanted: list[str], facts: dict, as_of: date) -> int:
    stated = facts.get("size_class")
    possible = computed(facts)
    if stated is not None:
        if isinstance(stated, list) or stated["has"]:
            return set_leaf("size_class", wanted, stated, as_of)
        possible = [size for size in possible if size not in stated["lacks"]]
        if not possible:
            return set_leaf("size_class", wanted, stated, as_of)
    if not possible:
        return 1
    if all(size in wanted for size in possible):
        return 2
    return 1 if any(size in wanted for size in possible) else 0


def computed(facts: dict) -> list[str]:
    stated = facts.get("industry")
    codes = [] if stated is None else stated if isinstance(stated, list) else stated["has"]
    if not codes or codes[0] in ("G", "53", "70"):
        return []
    main = codes[0]
    if main == "I":
        rows = [THRESHOLDS["65"], THRESHOLDS["I6"]]
    elif main.startswith("65"):
        rows = [THRESHOLDS["65"]]
    else:
        rows = [THRESHOLDS["A" if main in ("A", "01") else "C"]]
    classes: set[str] = set()
    for row in rows:
        top, sure = 3, True
        for figure, *limits in row:
            if figure not in facts:
                sure = False
                continue
            top = min(top, sum(facts[figure] >= limit for limit in limits))
        classes |= {ORDER[top]} if sure else set(ORDER[: top + 1])
    return sorted(classes)
