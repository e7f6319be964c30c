"""
What every policy index must do, as tests (检索后端的约定测试).

An engine's author subclasses and gives one fixture, an empty index open for writing:

    class TestMyIndex(PolicyIndexContract):
        @pytest.fixture
        def index(self, tmp_path):
            with MyIndex(tmp_path / "policies", write=True) as index:
                yield index

A lacking ability is a missing `Capability`; its tests are skipped and say why.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

import pytest

from policy_match.domain.policy import Event, EventKind, Policy, PolicyLevel, PolicyStatus, Source
from policy_match.errors import CodeError, QueryError
from policy_match.search.ports import Capability, Hit, PolicyIndex, Reversible, SourceRow
from policy_match.search.query import And, Not, Or, Phrase, PolicyQuery, Range, Term, Text
from policy_match.testing.factories import make_policy, synthetic_policies

_DAY = date(2024, 6, 1)


def sample_policies() -> list[Policy]:
    """A few policies that differ in all that can be asked for."""
    return [
        make_policy(
            "P1",
            "昆明市稳岗补贴实施细则",
            "对不裁员少裁员的企业给予稳岗补贴，按每人1000元发放。",
            "困难企业可申请用电补贴。",
            doc_no="昆政发〔2024〕10号",
            issuers=("昆明市人民政府",),
            level=PolicyLevel.CITY,
            region="530100",
            issued_on=date(2024, 3, 1),
            themes=("就业",),
            kind="细则",
            source=Source(file="a.docx", sha256="aa"),
        ),
        make_policy(
            "P2",
            "晋宁区支持磷化工产业发展若干措施",
            "对首次入选专精特新“小巨人”的企业给予100万元奖励。",
            doc_no="晋政发〔2023〕7号",
            level=PolicyLevel.DISTRICT,
            region="530115",
            issued_on=date(2023, 5, 6),
            themes=("工业", "产业发展"),
            kind="措施",
            events=(
                Event(kind=EventKind.ISSUED, on=date(2023, 5, 6)),
                Event(kind=EventKind.EXPIRES, on=date(2025, 12, 31)),
            ),
        ),
        make_policy(
            "P3",
            "云南省中小企业发展专项资金管理办法",
            "专项资金采用贷款贴息、奖励等方式支持企业。ＩＳＯ９００１认证费用给予补助。",
            doc_no="云财规〔2020〕1号",
            level=PolicyLevel.PROVINCE,
            region="530000",
            issued_on=date(2020, 1, 15),
            themes=("工业",),
            kind="办法",
            events=(
                Event(kind=EventKind.ISSUED, on=date(2020, 1, 15)),
                Event(kind=EventKind.REPEALED, on=date(2022, 7, 1), by="云财规〔2022〕3号"),
            ),
        ),
        make_policy(
            "P4",
            "苏州市促进外贸稳定增长办法（征求意见稿）",
            "对参加境外展会的企业给予展位费补助。",
            level=PolicyLevel.CITY,
            region="320500",
            issued_on=date(2024, 5, 1),
            status=PolicyStatus.DRAFT,
            kind="办法",
        ),
        make_policy(
            "P5",
            "财政部 税务总局关于小微企业税收优惠的公告",
            "对小型微利企业减按25%计入应纳税所得额。",
            doc_no="财政部 税务总局公告2023年第12号",
            level=PolicyLevel.CENTRAL,
            region="000000",
            issued_on=date(2023, 8, 2),
            themes=("税收",),
            kind="公告",
        ),
        make_policy("P6", "没有日期的工作提示", "请各企业留意补贴发放时间。"),
    ]


def ids(hits: list[Hit]) -> list[str]:
    """The ids of the hits in their order."""
    return [hit.policy_id for hit in hits]


class PolicyIndexContract:
    """The tests; subclass and give the fixture `index` (约定测试)."""

    @pytest.fixture
    def index(self) -> Iterator[PolicyIndex]:
        """An empty index, open for writing."""
        raise NotImplementedError("给出名为 index 的 fixture")

    @pytest.fixture
    def filled(self, index: PolicyIndex) -> PolicyIndex:
        """The index with the sample policies."""
        assert index.put(sample_policies()) == 6
        return index

    # storing

    def test_what_is_put_comes_back_equal(self, filled: PolicyIndex) -> None:
        """A policy is stored whole."""
        for policy in sample_policies():
            assert filled.get(policy.id) == policy

    def test_an_unknown_id_gives_none(self, filled: PolicyIndex) -> None:
        """No policy, no error."""
        assert filled.get("没有") is None

    def test_policies_come_by_id(self, index: PolicyIndex) -> None:
        """The order of iteration is that of the ids, whatever the order of putting."""
        index.put(reversed(sample_policies()))
        assert [policy.id for policy in index.iter_policies()] == [
            "P1",
            "P2",
            "P3",
            "P4",
            "P5",
            "P6",
        ]
        assert list(index.iter_policies()) == sample_policies()

    def test_put_replaces_the_same_id(self, filled: PolicyIndex) -> None:
        """The old text is no longer found, the new one is."""
        assert filled.put([make_policy("P1", "呈贡区花卉补助办法", "花卉种植户可申请。")]) == 1
        assert filled.count() == 6
        assert "P1" not in ids(filled.search("稳岗"))
        assert ids(filled.search("花卉"))[0] == "P1"

    def test_the_last_of_one_id_in_a_batch_stays(self, index: PolicyIndex) -> None:
        """Two of one id in one put: the later one replaces the earlier one."""
        index.put([make_policy("A", "甲"), make_policy("A", "乙")])
        assert [policy.title for policy in index.iter_policies()] == ["乙"]

    def test_a_failing_put_changes_nothing(self, filled: PolicyIndex) -> None:
        """All or none."""
        before = filled.fingerprint()

        def broken() -> Iterator[Policy]:
            yield make_policy("新", "新政策")
            raise ValueError("来源中断")

        with pytest.raises(ValueError, match="来源中断"):
            filled.put(broken())
        assert filled.get("新") is None
        assert filled.fingerprint() == before
        assert filled.put([make_policy("新", "新政策")]) == 1
        assert filled.count() == 7

    def test_remove_counts_what_was_there(self, filled: PolicyIndex) -> None:
        """An unknown id is not counted and is no error."""
        assert filled.remove(["P1", "没有", "P1"]) == 1
        assert filled.remove(["P1"]) == 0
        assert filled.get("P1") is None
        assert filled.count() == 5

    def test_sources_tell_file_and_hash(self, filled: PolicyIndex) -> None:
        """Every policy has a row, by id."""
        rows = list(filled.sources())
        assert rows[0] == SourceRow("P1", "a.docx", "aa")
        assert rows[1] == SourceRow("P2", None, None)
        assert [row.id for row in rows] == ["P1", "P2", "P3", "P4", "P5", "P6"]

    def test_sources_tell_what_read_a_file(self, index: PolicyIndex) -> None:
        """The reader's version comes back from sources and with the policy."""
        source = Source(file="a.docx", sha256="aa", reader="1.0+abc")
        policy = make_policy("P1", "补贴办法", source=source)
        index.put([policy])
        assert list(index.sources()) == [SourceRow("P1", "a.docx", "aa", "1.0+abc")]
        assert index.get("P1") == policy

    def test_any_character_survives(self, index: PolicyIndex) -> None:
        """Rare Han characters, emoji, line breaks, quotation marks, odd ids."""
        policy = make_policy(
            "号/〔2020〕1 \"'\\ 𠮷", "𠮷野家与㐂字号“引号”", "表情😀\t制表\n换行\u2028行"
        )
        index.put([policy])
        assert index.get(policy.id) == policy
        assert ids(index.search("𠮷野")) == [policy.id]

    def test_a_long_document_is_found_by_its_last_word(self, index: PolicyIndex) -> None:
        """A million characters in one policy."""
        policy = make_policy("长", "汇编", "企业发展规划内容。" * 110_000, "文末有稀土永磁一词")
        index.put([policy])
        hits = index.search("稀土永磁")
        assert ids(hits) == ["长"]
        assert "稀土永磁" in hits[0].snippet
        assert index.get("长") == policy

    # the fingerprint

    def test_the_fingerprint_is_of_the_content_alone(self, filled: PolicyIndex) -> None:
        """Order, repetition and detours don't change it; a changed policy does."""
        before = filled.fingerprint()
        filled.put(reversed(sample_policies()))
        assert filled.fingerprint() == before
        filled.put([make_policy("P1", "改过")])
        changed = filled.fingerprint()
        assert changed != before
        filled.put(sample_policies()[:1])
        assert filled.fingerprint() == before
        filled.remove(["P6"])
        assert filled.fingerprint() not in (before, changed)
        filled.rebuild(sample_policies())
        assert filled.fingerprint() == before

    # searching

    def test_two_characters_are_found(self, filled: PolicyIndex) -> None:
        """补贴 is in P1 and P6 as written; its synonyms may follow."""
        assert set(ids(filled.search("补贴"))[:2]) == {"P1", "P6"}

    def test_two_characters_inside_a_longer_word_are_found(self, filled: PolicyIndex) -> None:
        """用电 inside 用电补贴, 巨人 inside 小巨人, 裁员 inside 不裁员."""
        for text, expected in (("用电", "P1"), ("巨人", "P2"), ("裁员", "P1"), ("外展", "P4")):
            assert ids(filled.search(text))[0] == expected, text

    def test_one_character_is_found(self, filled: PolicyIndex) -> None:
        """Wherever it stands in a word."""
        assert ids(filled.search("磷")) == ["P2"]
        assert "P5" in ids(filled.search("税"))
        assert ids(filled.search("稿")) == ["P4"]

    def test_the_best_match_comes_first(self, filled: PolicyIndex) -> None:
        """A title match beats a mention."""
        assert ids(filled.search("稳岗补贴"))[0] == "P1"
        assert ids(filled.search("小微企业税收优惠"))[0] == "P5"
        assert ids(filled.search("磷化工企业专精特新奖励"))[0] == "P2"

    def test_scores_fall_and_limits_hold(self, filled: PolicyIndex) -> None:
        """Best first, at most as many as asked for, the shorter list the head of the longer."""
        hits = filled.search("企业补贴", limit=6)
        assert all(one.score >= two.score for one, two in pairwise(hits))
        assert hits[0].score > 0
        assert filled.search("企业补贴", limit=2) == hits[:2]

    @pytest.mark.parametrize(
        "text", ["ISO9001", "iso9001", "ＩＳＯ９００１", "ｉso９001", "iso9001认证"]
    )
    def test_width_and_case_make_no_difference(self, filled: PolicyIndex, text: str) -> None:
        """Full width, half width, capitals."""
        assert ids(filled.search(text))[0] == "P3"

    @pytest.mark.parametrize(
        "text",
        [
            "晋政发〔2023〕7号",
            "晋政发[2023]7号",
            "晋政发［2023］7号",
            "晋政发【2023】7号",
            "晋政发（2023）7号",
            "晋政发(2023)7号",
            "晋政发〔２０２３〕７号",
            "晋政发〔2023〕 第7号",
            "查一下晋政发〔2023〕7号关于企业补贴的规定",
        ],
    )
    def test_a_document_number_comes_first(self, filled: PolicyIndex, text: str) -> None:
        """In any brackets and width, alone or in a sentence."""
        assert ids(filled.search(text))[0] == "P2"

    def test_a_numbered_announcement_comes_first(self, filled: PolicyIndex) -> None:
        """The issuer may stand in front of it or not."""
        assert ids(filled.search("财政部 税务总局公告2023年第12号"))[0] == "P5"
        assert ids(filled.search("公告2023年第12号"))[0] == "P5"

    def test_a_number_does_not_pass_the_filters(self, filled: PolicyIndex) -> None:
        """The named policy comes first only where the filters let it through."""
        assert "P2" not in ids(filled.search(PolicyQuery("晋政发〔2023〕7号", region="320000")))

    def test_a_quoted_text_must_stand_together(self, filled: PolicyIndex) -> None:
        """Straight quotation marks, half or full width."""
        assert ids(filled.search('"稳岗补贴"')) == ["P1"]
        assert ids(filled.search("＂展位费补助＂")) == ["P4"]
        assert filled.search('"补贴稳岗"') == []

    def test_nothing_to_look_for_finds_nothing(self, filled: PolicyIndex) -> None:
        """Punctuation alone is a text, not an empty one; an unknown word is no error."""
        assert filled.search("？！。") == []
        assert filled.search("龘") == []
        assert filled.search("qwxyz") == []

    def test_odd_texts_are_no_error(self, filled: PolicyIndex) -> None:
        """What engines' own query languages would choke on."""
        for text in ('"', '""', "AND OR NOT", "title:(", "补贴*", "[2023 TO", "\\", "a^2~", "𠮷"):
            filled.search(text)

    def test_an_empty_query_lists_the_newest_first(self, filled: PolicyIndex) -> None:
        """Those without a date come last."""
        assert ids(filled.search("")) == ["P4", "P1", "P5", "P2", "P3", "P6"]
        assert ids(filled.search("  ", limit=2)) == ["P4", "P1"]

    def test_of_one_day_the_ids_decide(self, index: PolicyIndex) -> None:
        """Also where the list is cut within a day, or among those without one."""
        dated = [make_policy(f"D{n}", "通知", issued_on=_DAY) for n in (3, 1, 2, 0)]
        index.put([*dated, *(make_policy(f"U{n}", "通知") for n in (2, 0, 1))])
        assert ids(index.search("", limit=2)) == ["D0", "D1"]
        assert ids(index.search("", limit=5)) == ["D0", "D1", "D2", "D3", "U0"]

    def test_equal_scores_come_newer_first_then_by_id(self, index: PolicyIndex) -> None:
        """The order is total."""
        index.put([make_policy(one, "通知", "稳岗补贴", issued_on=_DAY) for one in ("B", "A")])
        index.put([make_policy("C", "通知", "稳岗补贴", issued_on=date(2025, 1, 1))])
        assert ids(index.search("稳岗补贴")) == ["C", "A", "B"]

    def test_snippets_show_the_best_block(self, filled: PolicyIndex) -> None:
        """Plain text, the block's number, and spans of what matches."""
        hit = filled.search("用电")[0]
        assert hit.snippet == "困难企业可申请用电补贴。"
        assert hit.block_n == 2
        assert hit.marked() == "困难企业可申请【用电】补贴。"
        assert (hit.title, hit.doc_no, hit.issued_on) == (
            "昆明市稳岗补贴实施细则",
            "昆政发〔2024〕10号",
            date(2024, 3, 1),
        )

    def test_snippets_mark_the_text_as_written(self, filled: PolicyIndex) -> None:
        """A query in half width marks what is written in full width."""
        assert "【ＩＳＯ９００１】" in filled.search("iso9001")[0].marked()

    def test_count_is_of_all_that_is_found(self, filled: PolicyIndex) -> None:
        """Whatever the limit of a list would be."""
        assert filled.count() == 6
        assert filled.count("磷") == 1
        assert filled.count(PolicyQuery(region="530000")) == 3

    def test_an_empty_index_finds_nothing(self, index: PolicyIndex) -> None:
        """No policy, no error."""
        assert index.search("补贴") == []
        assert index.search("") == []
        assert index.count() == 0
        assert list(index.iter_policies()) == []

    # filters

    @pytest.mark.parametrize(
        ("region", "expected"),
        [
            ("530115", {"P2"}),
            ("530100", {"P1", "P2"}),
            ("530000", {"P1", "P2", "P3"}),
            ("53", {"P1", "P2", "P3"}),
            ("530122", {"P2"}),  # 晋宁县, as it was called before
            ("000000", {"P1", "P2", "P3", "P4", "P5"}),
            ("110000", set()),
        ],
    )
    def test_a_region_means_its_subtree(
        self, filled: PolicyIndex, region: str, expected: set[str]
    ) -> None:
        """A former code is its successor; a policy without a region is in none."""
        assert set(ids(filled.search(PolicyQuery(region=region)))) == expected

    def test_an_unknown_region_is_refused(self, filled: PolicyIndex) -> None:
        """Rather than finding nothing."""
        with pytest.raises(CodeError):
            filled.search(PolicyQuery(region="999999"))

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            (PolicyQuery(level=PolicyLevel.CITY), {"P1", "P4"}),
            (PolicyQuery(theme="工业"), {"P2", "P3"}),
            (PolicyQuery(theme="产业"), set()),
            (PolicyQuery(kind="办法"), {"P3", "P4"}),
            (PolicyQuery(issued_from=date(2024, 3, 1)), {"P1", "P4"}),
            (PolicyQuery(issued_to=date(2023, 5, 6)), {"P2", "P3"}),
            (PolicyQuery(issued_from=date(2023, 5, 7), issued_to=date(2024, 3, 1)), {"P1", "P5"}),
            (PolicyQuery("补贴", level=PolicyLevel.CITY, region="530000"), {"P1"}),
        ],
    )
    def test_filters_are_exact(
        self, filled: PolicyIndex, query: PolicyQuery, expected: set[str]
    ) -> None:
        """Whole values, both days included, everything at once."""
        found = filled.search(query)
        assert set(ids(found)) == expected
        assert filled.count(query) == len(expected)

    def test_filters_do_not_rank(self, filled: PolicyIndex) -> None:
        """A filter that all hits pass changes no score."""
        plain = filled.search('"稳岗补贴"')
        assert ids(plain) == ["P1"]
        filtered = PolicyQuery('"稳岗补贴"', region="530000", theme="就业", as_of=_DAY)
        assert filled.search(filtered) == plain

    @pytest.mark.parametrize("day", [date(2019, 1, 1), date(2021, 1, 1), _DAY, date(2030, 1, 1)])
    @pytest.mark.parametrize("status", list(PolicyStatus))
    def test_status_is_as_of_a_day(
        self, filled: PolicyIndex, status: PolicyStatus, day: date
    ) -> None:
        """The index says what `Policy.status_on` says."""
        found = filled.search(PolicyQuery(status=status, as_of=day))
        expected = {one.id for one in sample_policies() if one.status_on(day) is status}
        assert set(ids(found)) == expected

    def test_an_undated_repeal_counts_on_every_day(self, index: PolicyIndex) -> None:
        """So does the last start of several."""
        events = (Event(kind=EventKind.ISSUED, on=_DAY), Event(kind=EventKind.REPEALED))
        later = (
            Event(kind=EventKind.ISSUED, on=_DAY),
            Event(kind=EventKind.EFFECTIVE, on=date(2024, 9, 1)),
        )
        index.put(
            [make_policy("废", "通知", events=events), make_policy("后", "通知", events=later)]
        )
        repealed = PolicyQuery(status=PolicyStatus.REPEALED, as_of=date(1990, 1, 1))
        in_force = PolicyQuery(status=PolicyStatus.IN_FORCE, as_of=_DAY)
        assert ids(index.search(repealed)) == ["废"]
        assert index.search(in_force) == []

    def test_as_of_alone_leaves_out_what_is_not_live(self, filled: PolicyIndex) -> None:
        """Neither repealed, expired, a draft, nor issued later."""
        assert set(ids(filled.search(PolicyQuery(as_of=date(2023, 9, 1))))) == {"P2", "P5", "P6"}

    def test_wrong_requests_are_refused(self, filled: PolicyIndex) -> None:
        """In Chinese, before an engine sees them."""
        with pytest.raises(QueryError, match="as_of"):
            PolicyQuery(status=PolicyStatus.IN_FORCE)
        with pytest.raises(QueryError, match="晚于"):
            PolicyQuery(issued_from=date(2024, 1, 2), issued_to=date(2024, 1, 1))
        with pytest.raises(QueryError, match="1001"):
            PolicyQuery("长" * 1001)
        with pytest.raises(QueryError, match="条数"):
            filled.search("补贴", limit=0)
        with pytest.raises(QueryError, match="nowhere"):
            filled.search(Term("nowhere", "x"))

    def test_trees_combine(self, filled: PolicyIndex) -> None:
        """And, or, not, ranges, phrases and terms, nested."""
        tree = And(
            (
                Or((Phrase("稳岗补贴"), Phrase("展位费"), Term("theme", "税收"))),
                Not(Term("draft", "true")),
                Range("issued_on", date(2023, 1, 1), None),
            )
        )
        assert set(ids(filled.search(tree))) == {"P1", "P5"}
        without = ids(filled.search(And((Text("奖励"), Not(Phrase("小巨人"))))))
        assert "P3" in without
        assert "P2" not in without
        assert len(filled.search(And(()))) == 6
        assert filled.search(Or(())) == []
        assert set(ids(filled.search(Not(Range("issued_on"))))) == {"P6"}

    # rebuilding

    def test_rebuild_replaces_everything(self, filled: PolicyIndex) -> None:
        """Nothing of the old is left, not even in counts."""
        filled.rebuild([make_policy("N", "新的稳岗办法", "稳岗")])
        assert ids(filled.search("稳岗")) == ["N"]
        assert filled.count() == 1
        assert filled.put(sample_policies()) == 6
        assert filled.count() == 7

    def test_rebuild_from_itself(self, filled: PolicyIndex) -> None:
        """What is read may come from the same index."""
        filled.rebuild(filled.iter_policies())
        assert list(filled.iter_policies()) == sample_policies()

    def test_a_rebuild_can_be_taken_back(self, filled: PolicyIndex) -> None:
        """The generation before is in use again, whole, and takes writes."""
        if Capability.ROLLBACK not in filled.capabilities:
            pytest.skip("后端未声明 ROLLBACK：不保留上一代，重建不能退回")
        assert isinstance(filled, Reversible)
        filled.rebuild([make_policy("N", "新的稳岗办法", "稳岗")])
        assert filled.roll_back()
        assert list(filled.iter_policies()) == sample_policies()
        assert ids(filled.search("稳岗补贴"))[0] == "P1"
        assert filled.put([make_policy("新", "新政策")]) == 1

    def test_a_failing_rebuild_leaves_the_old(self, filled: PolicyIndex) -> None:
        """Old or new, never half."""

        def broken() -> Iterator[Policy]:
            yield make_policy("新", "新政策")
            raise ValueError("来源中断")

        with pytest.raises(ValueError, match="来源中断"):
            filled.rebuild(broken())
        assert list(filled.iter_policies()) == sample_policies()
        assert filled.put([make_policy("新", "新政策")]) == 1

    def test_readers_see_old_or_new(self, index: PolicyIndex) -> None:
        """While it is rebuilt over and over, every read is of one whole state."""
        if Capability.ATOMIC_REBUILD not in index.capabilities:
            pytest.skip("后端未声明 ATOMIC_REBUILD：重建期间读者可能看到一部分")
        states = [
            [make_policy(f"{name}{n}", f"{name}批政策", "稳岗补贴") for n in range(40)]
            for name in ("甲", "乙")
        ]
        index.rebuild(states[0])
        seen: list[set[str]] = []
        stop = threading.Event()

        def read() -> None:
            while not stop.is_set():
                seen.append({hit.policy_id for hit in index.search("稳岗", limit=100)})

        reader = threading.Thread(target=read)
        reader.start()
        try:
            for n in range(6):
                index.rebuild(states[n % 2])
        finally:
            stop.set()
            reader.join()
        whole = [{policy.id for policy in state} for state in states]
        assert seen
        assert all(one in whole for one in seen)

    def test_an_iteration_keeps_its_state(self, filled: PolicyIndex) -> None:
        """Policies are those at the call, whatever is written meanwhile."""
        iteration = filled.iter_policies()
        first = next(iteration)
        filled.remove([policy.id for policy in sample_policies()])
        assert [first, *iteration] == sample_policies()

    def test_five_thousand_policies(self, index: PolicyIndex) -> None:
        """A load of a usual size, in one put, found and counted exactly."""
        policies = list(synthetic_policies(5000, length=60))
        assert index.put(policies) == 5000
        assert index.count() == 5000
        wanted = [one for one in policies if one.region == "530115" and one.themes == ("花卉",)]
        query = PolicyQuery("花卉", region="530115", theme="花卉")
        assert index.count(query) == len(wanted)
        assert len(index.search(query, limit=10)) == 10
        assert ids(index.search(policies[77].doc_no or "", limit=50)).count("S0000077") == 1
