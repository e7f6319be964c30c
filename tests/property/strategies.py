"""Random rules and random enterprises, missing, coarse and partial facts included."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from policy_match.domain.facts import FactType, default_registry

AS_OF = date(2026, 11, 24)

REGIONS = ["000000", "530000", "530100", "530115", "530115001", "530115200", "530102", "440000"]
INDUSTRIES = ["C", "27", "272", "2720", "2710", "26", "I", "65", "6513", "G", "53", "70", "A", "01"]
SIZES = ["large", "medium", "small", "micro"]
QUALIFICATIONS = ["high_tech", "tech_sme", "specialized_sme", "little_giant", "other:绿色工厂"]
NAMES = ["昆明高新技术产业开发区", "晋宁工业园区", "数字经济", "新材料"]
CODES = {
    "region": REGIONS,
    "industry": INDUSTRIES,
    "size_class": SIZES,
    "qualification": QUALIFICATIONS,
    "zone": NAMES,
    "theme": NAMES,
    "entity_type": ["enterprise", "institution", "individual_business"],
    "ownership": ["state", "private", "foreign"],
}
NUMBERS = {
    "employees": [0, 1, 9, 10, 19, 20, 50, 300, 1000],
    "revenue": [0, 999_999, 3_000_000, 20_000_000, 400_000_000],
    "total_assets": [0, 1_000_000, 80_000_000, 1_200_000_000],
    "rd_ratio": [0, 0.024, 0.03, 0.05, 1],
    "revenue_growth": [-0.5, 0, 0.1, 1.5],
    "established_years": [0, 0.5, 1, 3, 5],
}
BOOLS = ["legal_person", "listed", "no_dishonesty", "tax_compliant"]
DAYS = [AS_OF - timedelta(days=n) for n in (0, 1, 364, 365, 366, 1096, 4000)]
ATTESTS = ["具有健全的财务管理制度", "项目已备案"]
REGISTRY = default_registry()


def fact_leaves() -> st.SearchStrategy[dict]:
    """One leaf on a fact, of any type."""
    order = st.sampled_from([">=", ">", "<=", "<", "=="])
    sets = st.sampled_from(sorted(CODES)).flatmap(
        lambda fact: st.lists(st.sampled_from(CODES[fact]), max_size=3).map(
            lambda value: {"fact": fact, "op": "in", "value": value}
        )
    )
    numbers = st.sampled_from(sorted(NUMBERS)).flatmap(
        lambda fact: st.builds(
            lambda op, value: {"fact": fact, "op": op, "value": value},
            order,
            st.sampled_from(NUMBERS[fact]),
        )
    )
    bools = st.builds(
        lambda fact, value: {"fact": fact, "op": "==", "value": value},
        st.sampled_from(BOOLS),
        st.booleans(),
    )
    days = st.builds(
        lambda op, day: {"fact": "established_on", "op": op, "value": day.isoformat()},
        order,
        st.sampled_from(DAYS),
    )
    return st.one_of(sets, numbers, bools, days)


def leaves() -> st.SearchStrategy[dict]:
    """A leaf on a fact or to attest."""
    return st.one_of(
        fact_leaves(), fact_leaves(), st.sampled_from(ATTESTS).map(lambda text: {"attest": text})
    )


def _inner(children: st.SearchStrategy[dict]) -> st.SearchStrategy[dict]:
    many = st.lists(children, max_size=4)
    at_least = st.lists(children, min_size=1, max_size=4).flatmap(
        lambda of: st.integers(1, len(of)).map(lambda k: {"at_least": k, "of": of})
    )
    return st.one_of(
        many.map(lambda of: {"all": of}),
        many.map(lambda of: {"any": of}),
        children.map(lambda child: {"not": child}),
        at_least,
    )


def rules() -> st.SearchStrategy[dict]:
    """A criterion of every node type, some four levels deep."""
    return st.recursive(leaves(), _inner, max_leaves=8)


def _code_values(fact: str) -> st.SearchStrategy[object]:
    codes = st.lists(st.sampled_from(CODES[fact]), max_size=3, unique=True)
    entries: st.SearchStrategy[object] = codes
    if fact == "qualification":
        entry = st.builds(
            lambda code, start, end: {"code": code, "valid_from": start, "valid_until": end},
            st.sampled_from(CODES[fact]),
            st.sampled_from(["2020-01-01", "2026-11-24", "2026-11-25"]),
            st.sampled_from(["2026-11-23", "2026-11-24", "2027-01-01"]),
        )
        entries = st.lists(st.one_of(st.sampled_from(CODES[fact]), entry), max_size=3)
    partial = st.builds(lambda has, lacks: {"has": has, "lacks": lacks}, entries, codes)
    return st.one_of(entries, partial)


def fact_values(fact: str) -> st.SearchStrategy[object]:
    """A value of one fact as an enterprise may state it."""
    spec = REGISTRY[fact]
    if spec.is_set:
        return _code_values(fact)
    if spec.type is FactType.BOOL:
        return st.booleans()
    if spec.type is FactType.DATE:
        return st.sampled_from([day.isoformat() for day in DAYS])
    return st.sampled_from(NUMBERS[fact])


ALL_FACTS = [*CODES, *NUMBERS, *BOOLS, "established_on"]


@st.composite
def enterprises(draw: st.DrawFn) -> dict:
    """An enterprise with some of the facts, in the exchange form."""
    names = draw(st.lists(st.sampled_from(ALL_FACTS), unique=True))
    facts = {name: draw(fact_values(name)) for name in names}
    attested = draw(st.dictionaries(st.sampled_from(ATTESTS), st.booleans()))
    return {"id": "x", "facts": facts, "attested": attested}
