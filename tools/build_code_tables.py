"""
Builds the packaged code tables from their sources (生成随包代码表).

    python tools/build_code_tables.py STANDARDS_FOLDER

STANDARDS_FOLDER holds `china_division/` (provinces, cities, areas, streets) and
`gb_t_4754_2017.csv`. The historic revisions of GB/T 2260 come from the package `gb2260`, which is
needed for this script only. Rows of `region_successions.csv` with basis `known` are kept by hand
and survive; the derived ones are made anew. Running it twice changes nothing.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from policy_match.domain._region_codes import short_name

DATA = Path(__file__).resolve().parent.parent / "policy_match" / "data"
STREETS_OF = ("53",)
BEYOND_SOURCE = {
    "000000": "全国",
    "710000": "台湾省",
    "810000": "香港特别行政区",
    "820000": "澳门特别行政区",
}
VINTAGE = 2023
# The source runs a group's name into its first class, or mixes half and full width brackets.
INDUSTRY_NAMES = {
    "727": "安全保护服务",
    "7271": "安全服务",
    "905": "文化体育娱乐活动与经纪代理服务",
    "9051": "文化活动服务",
    "194": "羽毛（绒）加工及制品制造",
    "7517": "三维（3D）打印技术推广服务",
}
Revisions = dict[int, dict[str, str]]


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def regions(folder: Path) -> dict[str, str]:
    """Code → name of the current divisions; cities are padded to six digits."""
    found = dict(BEYOND_SOURCE)
    for file_name in ("provinces.csv", "cities.csv", "areas.csv"):
        for row in read_csv(folder / file_name):
            found.setdefault(row["code"].ljust(6, "0"), row["name"])
    for row in read_csv(folder / "streets.csv"):
        if row["code"].startswith(STREETS_OF):
            found[row["code"]] = row["name"]
    return dict(sorted(found.items()))


def revisions() -> Revisions:
    """Historic revisions by year; of several in one year the last."""
    from gb2260.data import data  # 2002-2014; its key None is the latest, of 2014

    found: Revisions = {}
    for key in sorted(data, key=lambda one: one or 0):
        year = 2014 if key is None else int(str(key)[:4])
        found[year] = {str(code): name for code, name in data[key].items()}
    return found


def derived(
    now: Mapping[str, str], known: Mapping[str, str], past: Revisions
) -> Iterator[list[str]]:
    """Former codes whose base name lives on under exactly one code that did not exist beside it."""
    years: dict[str, list[int]] = defaultdict(list)
    names: dict[str, str] = {}
    for year in sorted(past):
        for code, name in past[year].items():
            years[code].append(year)
            names[code] = name
    gone = sorted(code for code in names if code not in now and code not in known)
    moved = dict(known)  # prefectures come first, so that counties can follow theirs
    for code in sorted(gone, key=lambda one: (not one.endswith("00"), one)):
        hit = successor(code, names[code], now, moved, {y: past[y] for y in years[code]})
        if hit:
            moved[code], how = hit
            yield [code, names[code], moved[code], interval(years[code][-1], past), how, "derived"]


def successor(
    code: str, name: str, now: Mapping[str, str], moved: Mapping[str, str], beside: Revisions
) -> tuple[str, str] | None:
    base = short_name(name)
    peers = [
        one
        for one, label in now.items()
        if len(one) == 6
        and one[:2] == code[:2]
        and one.endswith("00") == code.endswith("00")
        and not one.endswith("0000")
        and short_name(label) == base
        and not any(one in revision for revision in beside.values())
    ]
    prefecture = moved.get(code[:4] + "00", code[:4] + "00")[:4]
    same = [one for one in peers if one[:4] == prefecture]
    if len(same) == 1:
        return same[0], "同一地级区划内名称主体相同"
    if len(peers) == 1:
        return peers[0], "同一省级区划内名称主体相同且唯一"
    return None


def interval(last_seen: int, past: Revisions) -> str:
    """The years between which the change happened, as an ISO 8601 interval."""
    later = [year for year in sorted(past) if year > last_seen]
    return f"{last_seen}/{later[0] if later else VINTAGE}"


def build_successions(now: Mapping[str, str]) -> None:
    path = DATA / "region_successions.csv"
    kept = [row for row in read_csv(path) if row["basis"] == "known"]
    header = ["code", "name", "successor", "effective", "source", "basis"]
    known = {row["code"]: row["successor"] for row in kept}
    made = list(derived(now, known, revisions()))
    write_csv(path, header, [[row[key] for key in header] for row in kept] + sorted(made))
    print(f"region_successions.csv: {len(kept)} known, {len(made)} derived")


def build_industries(source: Path) -> None:
    rows = read_csv(source)
    header = ["code", "name", "section", "description"]
    for row in rows:
        row["name"] = INDUSTRY_NAMES.get(row["code"], row["name"])
    write_csv(DATA / "industries.csv", header, [[row[key] for key in header] for row in rows])
    print(f"industries.csv: {len(rows)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("standards", type=Path)
    standards: Path = parser.parse_args().standards
    now = regions(standards / "china_division")
    write_csv(DATA / "regions.csv", ["code", "name"], now.items())
    print(f"regions.csv: {len(now)}")
    build_successions(now)
    build_industries(standards / "gb_t_4754_2017.csv")


if __name__ == "__main__":
    main()
