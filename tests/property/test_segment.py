"""Laws of normalising and segmenting, whatever the text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from policy_match.search.segment import default_segmenter, normalise, normalise_with_offsets

han = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=30)
mixed = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("企业补贴稳岗税，。（）〔〕０１ＡＢab12.%\u200b\u0301\u3099か㎡①ﬁ가"),
    ),
    max_size=60,
)


@given(mixed)
def test_normalising_twice_changes_nothing_that_counts(text):
    once = default_segmenter().tokens(text)
    assert default_segmenter().tokens(normalise(text)) == once


@given(mixed)
def test_offsets_lead_back_into_the_text(text):
    bare, places = normalise_with_offsets(text)
    assert len(places) == len(bare) + 1
    assert places == sorted(places)
    assert all(0 <= place <= len(text) for place in places)
    assert places[-1] == len(text)


@given(han, mixed, mixed)
def test_offsets_find_what_was_written(word, before, after):
    text = f"{before}\n{word}\n{after}"
    bare, places = normalise_with_offsets(text)
    at = bare.find("\n" + word + "\n") + 1
    assert at > 0
    start = text.index("\n" + word + "\n") + 1
    assert text[places[at] : places[at] + len(word)] == text[start : start + len(word)]


@given(mixed)
def test_tokens_are_clean(text):
    tokens = default_segmenter().tokens(text)
    for token in (*tokens.words, *tokens.bigrams):
        assert token
        assert not any(char.isspace() for char in token)
        assert token == token.lower()


@given(han)
def test_every_pair_of_neighbours_is_a_bigram(text):
    bigrams = default_segmenter().bigrams(text)
    assert bigrams == [text[n : n + 2] for n in range(len(text))]


@given(han)
def test_words_hold_every_character(text):
    assert set("".join(default_segmenter().words(text))) == set(text)


@given(st.lists(han, min_size=1, max_size=4))
def test_lines_are_segmented_apart(lines):
    segmenter = default_segmenter()
    assert segmenter.words("\n".join(lines)) == [w for line in lines for w in segmenter.words(line)]
