"""The commands of spec/cli.md on the bundled sample: output, exit codes, bad input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from policy_match.sample import sample_folder

AS_OF = "2026-11-24"
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def sample() -> Iterator[Path]:
    with sample_folder() as folder:
        yield folder


def run(*args: str | Path, home: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the command as a user would; no traceback may ever be seen."""
    done = subprocess.run(
        [sys.executable, "-m", "policy_match", *map(str, args)],
        env={**os.environ, "POLICY_MATCH_HOME": str(home), "COLUMNS": "120"},
        capture_output=True,
        text=True,
        timeout=240,
        cwd=home,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == code, done.stderr
    return done


def lines(done: subprocess.CompletedProcess[str]) -> list[dict]:
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, sample: Path) -> Path:
    """A home whose index holds the sample."""
    folder = tmp_path_factory.mktemp("home")
    done = run("index", sample / "policies", "--as-of", AS_OF, "--json", home=folder)
    statuses = {row["status"] for row in lines(done)}
    assert statuses == {"added"}
    return folder


@pytest.fixture(scope="module")
def enterprise(tmp_path_factory: pytest.TempPathFactory, sample: Path) -> Path:
    first = (sample / "enterprises.jsonl").read_text("utf-8").split("\n")[0]
    path = tmp_path_factory.mktemp("one") / "企业.json"
    path.write_text(first, encoding="utf-8")
    return path


def test_indexing_again_reads_nothing_anew(home, sample):
    rows = lines(run("index", sample / "policies", "--as-of", AS_OF, "--json", home=home))
    assert {row["status"] for row in rows} == {"unchanged"}


def test_extract_prints_policies_whose_quotes_stand_in_their_text(home, sample):
    rows = lines(run("extract", sample / "policies", "--as-of", AS_OF, "--json", home=home))
    assert len(rows) == 34
    quoted = 0
    for policy in rows:
        text = "\n".join(block["text"] for block in policy["blocks"])
        for block in policy["blocks"]:
            assert text[block["at"][0] : block["at"][1]] == block["text"]
        for measure in policy["measures"]:
            for leaf in _leaves(measure["criteria"]):
                start, end = leaf["at"]
                assert text[start:end] == leaf["quote"]
                quoted += 1
    assert quoted > 100


def _leaves(node: dict) -> Iterator[dict]:
    for key in ("all", "any", "of"):
        for child in node.get(key, []):
            yield from _leaves(child)
    if "not" in node:
        yield from _leaves(node["not"])
    if "fact" in node or "attest" in node:
        yield node


def test_search_finds_a_document_number_in_any_brackets(home):
    (first, *_) = lines(run("search", "研发 补助", "--json", home=home))
    assert set(first) == {
        "query",
        "policy_id",
        "title",
        "score",
        "snippet",
        "doc_no",
        "issued_on",
    }
    number = first["doc_no"]
    other = number.replace("〔", "[").replace("〕", "]")
    assert lines(run("search", other, "--json", home=home))[0]["doc_no"] == number


def test_several_queries_come_from_a_file(home):
    path = home / "queries.txt"
    path.write_text("贴息\n\n稳岗\n", encoding="utf-8")
    rows = lines(run("search", "--queries", path, "--limit", "2", "--json", home=home))
    assert {row["query"] for row in rows} == {"贴息", "稳岗"}


def test_match_explains_each_verdict(home, enterprise):
    rows = lines(run("match", enterprise, "--as-of", AS_OF, "--json", home=home))
    assert rows
    for row in rows:
        assert row["verdict"] in {"eligible", "unknown"}
        assert (row["verdict"] == "unknown") == bool(row["missing"] or row["attest"])
        assert {"verdict", "fact", "op", "value", "have", "quote"} <= set(row["reasons"][0])
    scores = [row["score"] for row in rows]
    assert scores == sorted(scores, reverse=True)
    everything = lines(run("match", enterprise, "--as-of", AS_OF, "--all", "--json", home=home))
    assert len(everything) > len(rows)
    assert "ineligible" in {row["verdict"] for row in everything}


def test_both_directions_agree(home, sample, enterprise):
    everything = lines(run("match", enterprise, "--as-of", AS_OF, "--all", "--json", home=home))
    one = everything[0]
    key = json.loads(enterprise.read_text("utf-8"))["credit_code"]
    people = sample / "enterprises.jsonl"
    done = run("find-enterprises", one["policy_id"], people, "--as-of", AS_OF, "--json", home=home)
    verdicts = {
        row["measure_id"]: row["verdict"] for row in lines(done) if row["enterprise_id"] == key
    }
    for row in everything:
        if row["policy_id"] == one["policy_id"]:
            assert verdicts[row["measure_id"]] == row["verdict"]


def test_simulating_a_measures_rule_counts_what_finding_counts(home, sample, enterprise):
    people = sample / "enterprises.jsonl"
    rules = home / "rules.jsonl"
    rules.write_text(
        '{"fact": "employees", "op": ">=", "value": 20}\n\n'
        '{"fact": "employes", "op": ">=", "value": 20}\n'
        '{"criteria": {"all": []}, "benefit": {"max_amount": 1000}}\n',
        encoding="utf-8",
    )
    done = run("simulate", rules, people, "--as-of", AS_OF, "--list", "--json", home=home, code=1)
    first, refused, everyone = lines(done)
    assert first["eligible"] + first["unknown"] + first["ineligible"] == 150
    assert len(first["eligible_ids"]) == first["eligible"] > 0
    assert refused["rule"] == 2
    assert "employees" in refused["error"]
    assert everyone == everyone | {"rule": 3, "eligible": 150, "budget_max": 150_000}


def test_check_ranks_the_questions(home, sample):
    partial = json.loads((sample / "enterprises.jsonl").read_text("utf-8").split("\n")[80])
    path = home / "partial.json"
    path.write_text(json.dumps(partial, ensure_ascii=False), encoding="utf-8")
    rows = lines(run("check", path, "--as-of", AS_OF, "--json", home=home))
    assert rows
    assert set(rows[0]) == {"fact", "question", "decides", "value_at_stake"}
    decides = [row["decides"] for row in rows]
    assert decides == sorted(decides, reverse=True)


def test_lineage_names_what_amends_and_repeals(home):
    (hit, *_) = lines(run("search", "节能改造", "--json", home=home))
    rows = lines(run("lineage", hit["policy_id"], "--as-of", AS_OF, "--json", home=home))
    assert rows
    assert {"policy_id", "relation", "of", "doc_no", "resolved"} <= set(rows[0])


@pytest.mark.parametrize(
    "command",
    [
        ("match", "企业"),
        ("check", "企业"),
        ("search", "补助"),
        ("find-enterprises", "id", "名录"),
    ],
)
def test_people_get_chinese_text(home, sample, enterprise, command):
    (hit, *_) = lines(run("search", "补助", "--json", home=home))
    real = {"企业": enterprise, "id": hit["policy_id"], "名录": sample / "enterprises.jsonl"}
    done = run(*(real.get(word, word) for word in command), home=home)
    assert done.stdout.strip()
    assert "None" not in done.stdout


def test_the_demo_goes_from_files_to_three_explained_matches(tmp_path):
    done = run("demo", "--as-of", AS_OF, home=tmp_path)
    assert "接下来：①" in done.stdout
    assert done.stdout.count("出处：《") == 3
    assert "接下来可以" in done.stdout
    assert len(list((tmp_path / "demo" / "digests").glob("*.html"))) == 150


def test_help_lists_every_command(tmp_path):
    out = run("--help", home=tmp_path).stdout
    names = "extract index search match find-enterprises check simulate bench demo lineage doctor"
    assert set(names.split(" ")) <= set(out.split())


def test_what_people_write_is_never_taken_for_markup(home, tmp_path):
    path = tmp_path / "括号.json"
    path.write_text('{"name": "昆明[red]公司[/x]", "facts": {}}', encoding="utf-8")
    assert "昆明[red]公司[/x]" in run("match", path, home=home).stdout
    assert "[bold](/x)" in run("search", "[bold](/x) 补贴", home=home).stdout


def test_half_a_character_stops_nothing(home, tmp_path):
    path = tmp_path / "半个.json"
    path.write_text('{"name": "\\ud800", "facts": {}}', encoding="utf-8")
    run("match", path, home=home)
    run("search", "补贴\udcff", home=home)


BAD_ENTERPRISES = {
    "长得无法读取": ('{"name": "甲", "facts": {"revenue": ' + "9" * 5000 + "}}", "长得无法读取"),
    "信用代码": ('{"credit_code": "91530122000000000X", "facts": {}}', "91530122000000000X"),
    "事实名": ('{"name": "甲", "facts": {"employes": 1}}', "employees"),
    "NaN": ('{"name": "甲", "facts": {"revenue": NaN}}', "营业收入"),
    "重复的键": ('{"id": "a", "facts": {"employees": 1, "employees": 2}}', "employees"),
    "逻辑值": ('{"id": "a", "facts": {"listed": [null, true]}}', "[null, true]"),
    "不是 JSON": ('{"name": ', "JSON"),
}


@pytest.mark.parametrize("case", sorted(BAD_ENTERPRISES))
def test_a_bad_enterprise_is_named_with_a_remedy(home, tmp_path, case):
    text, says = BAD_ENTERPRISES[case]
    path = tmp_path / "坏企业.json"
    path.write_text(text, encoding="utf-8")
    done = run("match", path, home=home, code=1)
    assert says in done.stderr
    assert "坏企业.json" in done.stderr
    assert done.stdout == ""


def test_bad_files_are_named_and_the_good_ones_are_done(tmp_path, sample):
    folder = tmp_path / "files"
    folder.mkdir()
    good = next((sample / "policies").glob("*.txt"))
    (folder / good.name).write_bytes(good.read_bytes())
    (folder / "空.docx").write_bytes(b"")
    (folder / "坏.docx").write_bytes(b"PK\x03\x04broken")
    (folder / "程序.docx").write_bytes(b"MZ" + bytes(200))
    (folder / "二进制.txt").write_bytes(bytes(range(256)) * 20)
    done = run("index", folder, "--json", home=tmp_path, code=1)
    statuses = {Path(row["file"]).name: row["status"] for row in lines(done)}
    assert statuses.pop(good.name) == "added"
    assert set(statuses.values()) == {"failed"}
    for name in statuses:
        assert name in done.stderr


def test_a_secret_file_is_refused_and_left_nowhere(tmp_path):
    secret = tmp_path / "文件.txt"
    secret.write_text(
        "机密★1年\n关于特殊事项甲乙丙的通知\n各单位：\n特殊内容丁戊己。\n", encoding="utf-8"
    )
    done = run("index", secret, "--json", home=tmp_path, code=1)
    assert "甲乙丙" not in done.stdout + done.stderr
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and path != secret]
    assert not any("丁戊己".encode() in path.read_bytes() for path in kept)


def test_a_missing_index_says_how_to_make_one(tmp_path, enterprise):
    done = run("match", enterprise, home=tmp_path, code=1)
    assert "policy-match index" in done.stderr


def test_wrong_use_is_exit_code_two(tmp_path):
    assert "match" in run("mtch", home=tmp_path, code=2).stderr
    assert "2026-11-24" in run("check", "x.json", "--as-of", "昨天", home=tmp_path, code=2).stderr


def test_a_server_that_is_away_is_exit_code_three(tmp_path, enterprise):
    done = run("match", enterprise, "--index", "http://127.0.0.1:9", home=tmp_path, code=3)
    assert "连不上 Elasticsearch" in done.stderr


def test_a_misspelt_setting_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("POLICY_MATCH_INDX", "x")
    assert "POLICY_MATCH_INDX" in run("doctor", home=tmp_path).stderr


def test_doctor_finds_a_fresh_home_in_order(tmp_path):
    rows = lines(run("doctor", "--json", home=tmp_path))
    assert all(row["ok"] for row in rows)


WRONG_USE = {
    "空检索词": (("search", " "), "检索词是空的"),
    "没有的地区": (("search", "补贴", "--region", "999999"), "--region"),
    "多义的地区": (("search", "补贴", "--region", "朝阳区"), "不止一处"),
    "没有的基准": (("bench", "nosuch"), "extract、"),
    "过长的检索词": (("search", "补" * 2000), "缩短"),
}


@pytest.mark.parametrize("case", sorted(WRONG_USE))
def test_what_was_typed_wrong_is_exit_code_two(home, case):
    args, says = WRONG_USE[case]
    done = run(*args, home=home, code=2)
    assert says in done.stderr
    assert done.stdout == ""


def test_a_file_of_queries_is_an_input(home, tmp_path):
    """One that is away or empty is named; a line that can't be asked stops no other."""
    assert "没有.txt" in run("search", "--queries", tmp_path / "没有.txt", home=home, code=1).stderr
    path = tmp_path / "检索词.txt"
    path.write_text("\n", encoding="utf-8")
    assert "检索词文件是空的" in run("search", "--queries", path, home=home, code=1).stderr
    path.write_text(f"贴息\n{'长' * 2000}\n稳岗\n", encoding="utf-8")
    done = run("search", "--queries", path, "--json", home=home, code=1)
    assert {row["query"] for row in lines(done)} == {"贴息", "稳岗"}
    assert "检索词.txt 第 2 行" in done.stderr


BAD_RULES = {
    "列表": ('[{"all": []}]', ".jsonl"),
    "重复的键": ('{\n"all": [],\n"all": []}', "“all”在同一个对象里写了不止一次（见第 2、3 行）"),
    "没有的资质": (
        '{"fact": "qualification", "op": "in", "value": ["zz"]}',
        "资质认定里没有代码“zz”",
    ),
}


@pytest.mark.parametrize("case", sorted(BAD_RULES))
def test_a_bad_rule_is_named_with_a_remedy(home, sample, tmp_path, case):
    text, says = BAD_RULES[case]
    path = tmp_path / "规则.json"
    path.write_text(text, encoding="utf-8")
    done = run("simulate", path, sample / "enterprises.jsonl", "--json", home=home, code=1)
    assert says in done.stderr
    assert "规则.json" in done.stderr


def test_a_share_above_one_is_doubted_and_decided(home, sample, tmp_path):
    path = tmp_path / "规则.json"
    path.write_text('{"fact": "rd_ratio", "op": ">=", "value": 3}', encoding="utf-8")
    done = run("simulate", path, sample / "enterprises.jsonl", "--json", home=home)
    assert "3% 写 0.03" in done.stderr
    assert lines(done)[0]["eligible"] == 0
    path.write_text('{"fact": "revenue_growth", "op": ">=", "value": 3}', encoding="utf-8")
    assert run("simulate", path, sample / "enterprises.jsonl", "--json", home=home).stderr == ""


def test_a_folder_without_readable_files_is_named(home, tmp_path):
    for command in ("index", "extract"):
        done = run(command, tmp_path, "--json", home=home, code=1)
        assert "没有可读的文件" in done.stderr
        assert "docx" in done.stderr


def test_files_that_have_gone_are_named_and_pruned(tmp_path, sample):
    folder = tmp_path / "files"
    folder.mkdir()
    one, other, *_ = sorted((sample / "policies").glob("*.txt"))
    for path in (one, other):
        (folder / path.name).write_bytes(path.read_bytes())
    run("index", folder, home=tmp_path)
    (folder / one.name).unlink()
    told = run("index", folder, "--json", home=tmp_path)
    assert [row["status"] for row in lines(told)] == ["unchanged"]
    assert one.name in told.stderr
    assert "--prune" in told.stderr
    pruned = lines(run("index", folder, "--prune", "--json", home=tmp_path))
    assert [row["status"] for row in pruned] == ["unchanged", "removed"]
    assert "--prune" not in run("index", folder, "--json", home=tmp_path).stderr


def test_an_amount_that_is_not_known_is_not_called_nothing(home, sample):
    path = home / "unknown-amount.json"
    record = json.loads((sample / "enterprises.jsonl").read_text("utf-8").split("\n")[80])
    path.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    shown = run("check", path, "--as-of", AS_OF, home=home).stdout
    assert "金额未载明" in shown
    assert " 0元" not in shown


@pytest.mark.parametrize(
    "args", [("--help",), ("match", "--help"), ("match",), ("search", "--level", "x", "词"), ()]
)
def test_no_english_stands_in_what_people_read(tmp_path, args):
    done = subprocess.run(
        [sys.executable, "-m", "policy_match", *args], capture_output=True, text=True, timeout=60
    )
    shown = done.stdout + done.stderr
    for english in ("Usage", "Options", "Commands", "Error", "Missing", "Show this", "OPTIONS"):
        assert english not in shown


def test_the_catalogue_is_compiled_from_its_source():
    spec = spec_from_file_location("build_messages", ROOT / "tools" / "build_messages.py")
    assert spec is not None
    assert spec.loader is not None
    tool = module_from_spec(spec)
    spec.loader.exec_module(tool)
    messages = json.loads(tool.SOURCE.read_text("utf-8"))
    assert tool.TARGET.read_bytes() == tool.compile_catalogue(messages)
