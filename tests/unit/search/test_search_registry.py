"""The index that a setting names is opened by its scheme."""

from __future__ import annotations

import pytest

from policy_match.errors import MissingExtra, NotFound, QueryError
from policy_match.search import registry
from policy_match.search.embedded import EmbeddedIndex
from policy_match.search.ports import PolicyIndex
from policy_match.search.registry import engine_name, open_index


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("index", "embedded"),
        ("C:\\data\\index", "embedded"),
        ("http://localhost:9200", "elasticsearch"),
        ("HTTPS://es.example", "elasticsearch"),
        ("mine://somewhere", "mine"),
    ],
)
def test_the_scheme_names_the_engine(target, name):
    assert engine_name(target) == name


def test_a_folder_is_embedded(tmp_path):
    with open_index(tmp_path / "index", write=True) as index:
        assert isinstance(index, EmbeddedIndex)
        assert isinstance(index, PolicyIndex)
    with open_index(str(tmp_path / "index")) as index:
        assert index.count() == 0


def test_an_absent_folder_is_told(tmp_path):
    with pytest.raises(NotFound):
        open_index(tmp_path / "index")


def test_an_empty_target_is_told():
    with pytest.raises(QueryError, match="--index"):
        open_index(" ")


def test_an_unknown_engine_names_the_known(monkeypatch):
    with pytest.raises(MissingExtra, match=r"solr.*embedded"):
        open_index("solr://host")


def _entries(value):
    entry = registry.EntryPoint("elasticsearch", value, registry.GROUP)
    return lambda group: [entry]


def test_an_engine_that_is_not_there_names_the_extra(monkeypatch):
    monkeypatch.setattr(registry, "entry_points", lambda group: [])
    with pytest.raises(MissingExtra, match=r"policy-match\[elasticsearch\]"):
        open_index("http://localhost:9200")


def test_a_missing_package_names_the_extra(monkeypatch):
    monkeypatch.setattr(registry, "entry_points", _entries("a_package_nobody_has:Index"))
    with pytest.raises(MissingExtra, match=r"policy-match\[elasticsearch\]"):
        open_index("http://localhost:9200")
