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
    ],
)
def test_a_malformed_claim_is_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        Claim(**({"id": "a-claim", "title": "A claim"} | fields))
