"""What becomes of a field that two sites changed: nobody's word vanishes silently, whatever the order."""

from hypothesis import given
from hypothesis import strategies as st

from supportdesk.rules.merge import ENDED, Stamp, Verdict, merge, merge_members, merge_set, overtaken
from supportdesk.terms.codes import EntryKind, Merge, Priority, Status

values = st.one_of(st.none(), st.text(max_size=3), st.integers(0, 4))
ranks = st.one_of(st.none(), st.sampled_from([p.value for p in Priority]))
members = st.lists(st.sampled_from("abcdef"), unique=True).map(sorted)
classes = st.sampled_from(Merge)
statuses = st.sampled_from([s.value for s in Status])


@given(classes, values)
def test_the_same_value_is_never_a_conflict(merge_class: Merge, value: object) -> None:
    for late in (True, False):
        merged = merge(merge_class, "title", value, value, overtaken=late)
        assert (merged.value, merged.verdict) == (value, Verdict.SAME)


@given(classes, values, values)
def test_who_saw_what_stood_is_taken_at_his_word(merge_class: Merge, stands: object, wanted: object) -> None:
    assert merge(merge_class, "title", stands, wanted, overtaken=False).value == wanted


@given(st.sampled_from([Merge.OFFER, Merge.FIRST_HOLDS]), values, values)
def test_a_late_value_never_overwrites_and_never_vanishes(merge_class: Merge, stands: object, wanted: object) -> None:
    merged = merge(merge_class, "title", stands, wanted, overtaken=True)
    assert merged.value == stands
    assert stands == wanted or merged.verdict in (Verdict.OFFERED, Verdict.DECIDED)


@given(ranks, ranks)
def test_the_more_urgent_stands_in_whichever_order_they_came(one: str | None, other: str | None) -> None:
    there = merge(Merge.MORE_URGENT, "priority", one, other, overtaken=True).value
    back = merge(Merge.MORE_URGENT, "priority", other, one, overtaken=True).value
    assert there == back
    assert there == min((v for v in (one, other) if v is not None), default=None)


@given(statuses, statuses)
def test_between_open_and_ended_open_stands(stands: str, wanted: str) -> None:
    merged = merge(Merge.OFFER, "status", stands, wanted, overtaken=True)
    if (stands in ENDED) != (wanted in ENDED):
        assert merged.value not in ENDED
        assert merged.verdict is Verdict.DECIDED
    else:
        assert merged.value == stands


@given(members, members, members)
def test_members_added_on_two_sides_are_all_there(stands: list[str], one: list[str], other: list[str]) -> None:
    def both(first: list[str], second: list[str]) -> list[str]:
        return merge_members(merge_members(stands, first, EntryKind.ADD), second, EntryKind.ADD)

    assert both(one, other) == both(other, one) == sorted({*stands, *one, *other})


@given(members, members)
def test_only_what_was_named_is_removed(stands: list[str], gone: list[str]) -> None:
    assert merge_members(stands, gone, EntryKind.REMOVE) == sorted(set(stands) - set(gone))


@given(members, members)
def test_a_set_written_whole_by_who_saw_it_is_as_he_wrote_it(seen: list[str], wanted: list[str]) -> None:
    assert merge_set(seen, seen, wanted) == wanted


@given(members, members, members)
def test_a_set_written_whole_keeps_what_others_did_meanwhile(
    seen: list[str], stands: list[str], wanted: list[str]
) -> None:
    merged = set(merge_set(stands, seen, wanted))
    assert set(stands) - set(seen) <= merged
    assert set(wanted) - set(seen) <= merged
    assert not merged & (set(seen) - set(wanted)) - (set(wanted) - set(seen))


@given(members, members, members)
def test_two_that_wrote_a_set_whole_meet_alike_in_both_orders(
    seen: list[str], one: list[str], other: list[str]
) -> None:
    assert merge_set(merge_set(seen, seen, one), seen, other) == merge_set(merge_set(seen, seen, other), seen, one)


@given(st.integers(1, 9), st.integers(0, 9), st.sampled_from("ab"))
def test_only_a_later_writing_by_somebody_else_overtakes(seq: int, base: int, by: str) -> None:
    assert overtaken(Stamp(seq, by), base, "a") is (by == "b" and seq > base)
    assert not overtaken(None, base, "a")
