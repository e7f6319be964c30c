"""What is on disk: broken files, foreign facts, other versions, shards."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from policy_match.domain.facts import FactRegistry, default_registry
from policy_match.errors import EnterpriseError, FactError, IndexIncompatible
from policy_match.matching.roster import Roster, ShardedRoster, open_roster, save_roster
from policy_match.testing.register import AS_OF, sample_enterprises, sample_rules


def roster() -> Roster:
    made = Roster(as_of=AS_OF)
    made.put(sample_enterprises())
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "名册"
    save_roster(roster(), place)
    return place


def test_saving_again_replaces_what_was_there_and_leaves_nothing_beside(folder: Path) -> None:
    smaller = roster()
    smaller.remove(["E1", "E4"])
    save_roster(smaller, folder)
    assert open_roster(folder).rows == 3
    assert [one.name for one in folder.parent.iterdir()] == ["名册"]


def test_an_opened_roster_is_changed_in_memory_only(folder: Path) -> None:
    opened = open_roster(folder)
    opened.put([sample_enterprises()[0].model_copy(update={"facts": {}})])
    again = open_roster(folder)
    assert [again.find(r) for r in sample_rules()] == [roster().find(r) for r in sample_rules()]


def test_another_day_on_opening(folder: Path) -> None:
    later = AS_OF.replace(year=2028)
    fresh = Roster(as_of=later)
    fresh.put(sample_enterprises())
    opened = open_roster(folder, as_of=later)
    assert [opened.find(r) for r in sample_rules()] == [fresh.find(r) for r in sample_rules()]


def test_each_file_cut_short_is_named(folder: Path) -> None:
    for path in sorted(folder.glob("*")):
        whole = path.read_bytes()
        if not whole:
            continue
        path.write_bytes(whole[:-1])
        with pytest.raises(EnterpriseError, match=path.name.replace(".", r"\.")) as caught:
            open_roster(folder)
        assert "重新建立名册" in str(caught.value)
        path.write_bytes(whole)
    open_roster(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "id_ends.bin").unlink()
    with pytest.raises(EnterpriseError, match="id_ends"):
        open_roster(folder)


def test_a_column_of_an_unknown_fact_is_named(folder: Path) -> None:
    fewer = FactRegistry(spec for spec in default_registry().values() if spec.name != "zone")
    with pytest.raises(FactError, match="zone"):
        open_roster(folder, registry=fewer)


def test_another_version_is_told(folder: Path) -> None:
    manifest = folder / "roster.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text("utf-8")) | {"format": 99}))
    with pytest.raises(IndexIncompatible, match="99"):
        open_roster(folder)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: None,
        lambda folder: folder.mkdir(),
        lambda folder: folder.write_text("x"),
    ],
    ids=["nothing", "an empty folder", "a file"],
)
def test_no_roster_is_told(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    place = tmp_path / "别的"
    spoil(place)
    with pytest.raises(EnterpriseError, match="别的"):
        open_roster(place)


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path) -> None:
    place = tmp_path / "文档"
    place.mkdir()
    (place / "a.txt").write_text("x")
    with pytest.raises(EnterpriseError, match="别的东西"):
        save_roster(roster(), place)
    assert [one.name for one in tmp_path.iterdir()] == ["文档"]


def test_shards_are_kept_and_answer_as_one(tmp_path: Path) -> None:
    sharded = ShardedRoster(as_of=AS_OF, shard_rows=2)
    sharded.put(sample_enterprises())
    sharded.save(tmp_path / "分片")
    opened = ShardedRoster.open(tmp_path / "分片")
    assert [len(shard) for shard in opened.shards] == [2, 2, 1]
    assert [opened.find(r) for r in sample_rules()] == [roster().find(r) for r in sample_rules()]


def test_an_id_in_two_shards_is_named(tmp_path: Path) -> None:
    ShardedRoster([roster(), roster()], as_of=AS_OF).save(tmp_path / "分片")
    with pytest.raises(EnterpriseError, match=r"编号“E3”重复"):
        ShardedRoster.open(tmp_path / "分片")


def test_shards_of_two_days_are_refused() -> None:
    with pytest.raises(EnterpriseError, match="第 1 个分片"):
        ShardedRoster([roster()], as_of=AS_OF.replace(year=2025))


def test_no_shards_are_told(tmp_path: Path) -> None:
    with pytest.raises(EnterpriseError, match="分片名册"):
        ShardedRoster.open(tmp_path)
