"""A malformed claim is refused at once."""

import pytest

from gradproof.claim import Claim
from gradproof.notation import targets_sum_to_one as sums_to_one


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"id": "Not Kebab"}, "id: expected"),
        ({"id": "-x"}, "id: expected"),
        ({"title": ""}, "title"),
        ({"title": "A title."}, "title"),
        ({"sources": ("S1-2",)}, "sources"),
        ({"sources": "S1-26"}, "sources: expected a tuple"),
        ({"rests_on": ("Not Kebab",)}, "rests_on"),
        ({"given": sums_to_one}, "given: expected a tuple"),
        ({"given": (True,)}, "evaluate=False"),
        ({"id": 3}, "id: expected words-with-hyphens, got 3"),
        ({"title": None}, "title: expected words without a full stop, got None"),
        ({"given": 3}, "given: expected a tuple, got the single value 3"),
        ({"sources": (1,)}, "sources: expected ids such as 'S1-26', got 1"),
        ({"sources": ("S1-26", "S1-26")}, "sources: expected each id once"),
        ({"rests_on": (1,)}, "rests_on: expected ids of claims, got 1"),
        ({"rests_on": ("b", "c", "b")}, "rests_on: expected each id once"),
        ({"rests_on": ("a-claim",)}, "rests_on: expected other claims, got 'a-claim' itself"),
    ],
)
def test_a_malformed_claim_is_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        Claim(**({"id": "a-claim", "title": "A claim"} | fields))
