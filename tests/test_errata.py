"""What is printed is decided by the checker, and nobody is accused without a witness."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest
from sympy import Derivative, Eq, Ge, IndexedBase, Sum, Symbol, evaluate, exp, log, symbols

import printed as data
from gradproof.display import DISPLAY_MIME
from gradproof.errata import CAUSES, Chain, ErrataError, Listing, Printed, Source, Values
from gradproof.ledger import source_claims

n = Symbol("n", integer=True, positive=True)
i, j = symbols("i j", integer=True)
a = IndexedBase("a", shape=(n,), real=True)
z = Symbol("z", real=True)

with evaluate(False):
    RIGHT = Chain(Derivative(exp(2 * z), z), ("=", 2 * exp(2 * z)))
    WRONG = Chain(Derivative(exp(2 * z), z), ("=", exp(2 * z)), ("=", exp(z) ** 2))
    TOTAL = Chain(Sum(2 * a[j], (j, 1, n)), ("=", 2))
    SUM_IS_ONE = Eq(Sum(a[j], (j, 1, n)), 1)


def item(content, **fields):
    return Printed("an-id", "S2-41", "a slide", content, **fields)


AMENDED = {"title": "A lost factor", "cause": "slip"}


def test_what_holds_as_printed_needs_nothing_else():
    found = item(RIGHT).check()
    assert (found.outcome, found.findings.failed, found.findings.count) == ("holds", 0, 1)
    assert "Proved for every value of $z$" in found.markdown()


def test_what_fails_is_shown_with_its_witness_and_correction():
    found = item(WRONG, correction=RIGHT, **AMENDED).check()
    assert (found.outcome, found.findings.failed, found.findings.count) == ("fails", 1, 2)
    page = found.markdown()
    assert "Relation 1 of 2 is refuted: at $z = " in page
    assert page.index("As printed:") < page.index("refuted") < page.index("It should be:")
    assert r"2 e^{2 z}" in page
    assert "Proved for every value" in page
    assert CAUSES["slip"] in page
    assert "a slide (S2-41)" in page
    assert found._repr_mimebundle_()[DISPLAY_MIME] == {"kind": "erratum"}


def test_a_hypothesis_left_unsaid_is_named():
    found = item(TOTAL, needs=[SUM_IS_ONE], title="The sum", cause="unsaid").check()
    assert found.outcome == "needs more"
    assert r"given $\sum_{j=1}^{n} a_{j} = 1$" in found.markdown()


@pytest.mark.parametrize(
    ("content", "fields", "message"),
    [
        (WRONG, {}, "no title, no cause, or neither"),
        (WRONG, AMENDED, "neither correction nor hypothesis"),
        (WRONG, {"correction": RIGHT, "title": "A lost factor"}, "no title, no cause"),
        (WRONG, {"correction": WRONG, **AMENDED}, "does not hold even when corrected"),
        (RIGHT, {"correction": RIGHT, **AMENDED}, "holds as printed"),
        (RIGHT, {"cause": "scan"}, "holds as printed"),
        (TOTAL, {"needs": [Ge(a[j], 0)], **AMENDED}, "does not hold even when corrected"),
        (Values(("two", 2, 3)), {}, "two: printed 3, computed 2"),
        (Values(("two", 2, 3)), {"needs": [SUM_IS_ONE], **AMENDED}, "takes no hypotheses"),
        (Chain(Sum(j, (j, 1, n)), ("=", n * (n + 1) / 2)), {}, "an-id: "),
    ],
)
def test_an_item_that_does_not_fit_the_decision_is_refused(content, fields, message):
    with pytest.raises(ErrataError, match=re.escape(message)):
        item(content, **fields).check()


def test_a_line_copied_once_more_is_nothing_false():
    chain = Chain(Derivative(exp(z), z), ("=", Derivative(exp(z), z)), ("=", exp(z)))
    assert item(chain).check().outcome == "holds"


def test_every_step_of_a_chain_is_decided_on_its_own():
    with evaluate(False):
        chain = Chain(z + z, ("=", 3 * z), ("=", 2 * z), (">=", 2 * z - 1), ("<", 2 * z - 1))
    found = chain.examine()
    assert (found.failed, found.count) == (3, 4)
    assert [found.text.count(f"Relation {at} of 4") for at in (1, 2, 3, 4)] == [1, 1, 0, 1]


def test_printed_values_are_compared_and_only_the_wrong_ones_shown():
    values = Values(("a third", 1 / 3, 0.33, 0.005), ("shape", lambda: (4, 4), (4, 1)))
    fixed = Values(("shape", lambda: (4, 4), (4, 4)))
    found = item(values, correction=fixed, **AMENDED).check()
    assert (found.findings.failed, found.findings.count) == (1, 2)
    assert "| shape | `(4, 1)` | `(4, 4)` |" in found.markdown()
    assert "a third" not in found.markdown()


def test_a_listing_is_run_with_and_without_what_is_left_to_the_reader():
    code = "h = f(x)"
    rows = [("h", 4)]
    listing = Listing(code, *rows)
    runs = Listing(code, *rows, before="x = 2\nf = lambda t: t * t")
    found = item(listing, correction=runs, **AMENDED).check()
    assert "printed 4, computed NameError" in found.findings.text
    assert found.markdown().count("```python") == 2
    assert item(runs).check().outcome == "holds"


def test_a_row_that_every_value_would_pass_is_refused():
    class Agreeable:
        def __eq__(self, other):
            return True

        __hash__ = None

    with pytest.raises(ErrataError, match="no wrong variant was refuted"):
        item(Values(("anything", Agreeable(), Agreeable()))).check()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Chain(z), "steps: expected"),
        (lambda: Chain(z, ("=", z, "a reason")), "step 1: expected"),
        (lambda: Chain(z, ("~", z)), "step 1: expected"),
        (lambda: Chain(z, ("=", z), given=SUM_IS_ONE), "given: expected"),
        (lambda: Values(), "rows: expected"),
        (lambda: Values(("a label", 1)), "rows: expected"),
        (lambda: item("z = z"), "content: expected"),
        (lambda: item(RIGHT, correction="z"), "correction: expected"),
        (lambda: item(RIGHT, cause="malice"), "cause: expected one of slip"),
        (lambda: Printed("An Id", "S2-41", "a slide", RIGHT), "id: expected"),
        (lambda: Source("twice", [item(RIGHT), item(RIGHT)]), "an-id twice"),
    ],
)
def test_bad_input_is_a_clear_error(make, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make()


def test_a_source_counts_and_lists_what_does_not_hold():
    with evaluate(False):
        good = Printed("right", "S2-41", "slide 1", RIGHT)
        bad = Printed("wrong", "S2-41", "slide 2", WRONG, correction=RIGHT, **AMENDED)
    source = Source("A lecture", [good, bad])
    assert [(e.printed.id, e.outcome) for e in source.examined] == [
        ("right", "holds"),
        ("wrong", "fails"),
    ]
    assert "2 things that are printed, with 3 relations" in source.markdown()
    assert "| A lost factor | slide 2 | S2-41 | slip |" in source.markdown()
    assert source["wrong"] is bad
    with pytest.raises(KeyError, match="expected one of right, wrong"):
        source["missing"]


# ---- The data of chapter 15 ----

MODULES = sorted(module.name for module in pkgutil.iter_modules(data.__path__))
CHAPTER = Path(data.__file__).parents[1] / "15-errata-of-the-sources.myst.md"


@pytest.mark.parametrize("module", MODULES)
def test_everything_printed_is_decided_and_what_does_not_hold_is_in_the_chapter(module):
    source = importlib.import_module(f"printed.{module}").printed
    text = CHAPTER.read_text(encoding="utf-8")
    (name,) = re.findall(rf"^from printed\.{module} import printed as (\w+)$", text, re.MULTILINE)
    shown = re.findall(rf'^{name}\["([^"]+)"\]$', text, re.MULTILINE)
    failed = [found.printed.id for found in source.examined if found.outcome != "holds"]
    assert sorted(shown) == sorted(failed)
    assert source.count("holds") >= 3
    assert re.search(rf"^{name}$", text, re.MULTILINE)


def test_the_data_cites_known_claims_one_of_them_of_its_own_source():
    for module in MODULES:
        own = module.split("_")[0].upper()
        for one in importlib.import_module(f"printed.{module}").printed:
            cited = one.sources.split(", ")
            assert set(cited) <= source_claims().keys(), one.id
            assert any(source.startswith(own) for source in cited), one.id


def test_a_number_beside_a_logarithm_is_not_read_as_a_float():
    with evaluate(False), pytest.raises(ValueError, match="float"):
        Chain(log(z), ("=", 0.5 * z)).examine()
