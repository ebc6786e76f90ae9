"""Every way a derivation can be wrong is an error that says where; the rest is displayed."""

import numpy as np
import pytest
from sympy import (
    Derivative,
    Eq,
    Ge,
    IndexedBase,
    KroneckerDelta,
    Le,
    Sum,
    Symbol,
    evaluate,
    exp,
    log,
)

from gradproof.claim import RECORD_MIME
from gradproof.derivation import (
    Claim,
    Definition,
    Derivation,
    DerivationError,
    confirm,
    narrowest,
    refute,
)
from gradproof.display import DISPLAY_MIME, aligned
from gradproof.latex import to_latex
from gradproof.notation import (
    a,
    i,
    j,
    l,
    logistic_definition,
    n,
    softmax_definition,
    t,
    targets_sum_to_one,
    u,
    x,
    y,
    z,
)
from gradproof.numeric_twin import NumericTwin, NumericTwinError
from gradproof.proving import Verdict, prove

with evaluate(False):
    total = Sum(exp(z[l]), (l, 1, n))
    softmax = Eq(a[j], exp(z[j]) / total)
    sums_to_one = Eq(Sum(y[l], (l, 1, n)), 1)


def jacobian(
    *, last=None, second=None, given=(softmax,), twin=None, title="The Jacobian of softmax"
):
    """The derivation of the softmax Jacobian, or a spoiled copy."""
    with evaluate(False):
        written = exp(z[j]) / total
        joined = (KroneckerDelta(i, j) * exp(z[j]) * total - exp(z[j]) * exp(z[i])) / total**2
        return Derivation(
            Claim("softmax-jacobian", "The Jacobian of softmax", given, ("S0-14",)),
            Derivative(a[j], z[i]),
            ("=", Derivative(written, z[i]), "the definition of $a_j$"),
            ("=", joined if second is None else second, "the quotient rule"),
            ("=", a[j] * (KroneckerDelta(i, j) - a[i]) if last is None else last, "the definition"),
            twin=twin,
        )


def softmax_jacobian(z):
    p = np.exp(z) / np.exp(z).sum()
    return np.diag(p) - np.outer(p, p)


# --- What passes -----------------------------------------------------------------------


def test_each_step_is_proved_on_its_own_and_the_whole_by_composition():
    checked = jacobian().check()
    assert [verdict.status for verdict in checked.verdicts] == ["proved"] * 3
    assert checked.verdict.status == "proved"
    assert checked.verdict.scope == "every n"
    assert checked.verdict.used == (softmax,)
    assert checked.verdict.relation == jacobian().statement


def test_every_wrong_variant_is_refuted_or_equivalent():
    checked = jacobian().check()
    assert checked.count("refuted") > 5
    assert checked.count("refuted") + checked.count("proved") == len(checked.trials)
    for trial in checked.trials:
        assert (trial.verdict.counterexample is not None) == (trial.verdict.status == "refuted")


def test_a_check_is_computed_once():
    proof = jacobian()
    assert proof.check() is proof.check()


def test_building_a_derivation_computes_nothing():
    with evaluate(False):
        Derivation(Claim("wrong", "Wrong"), a[j], ("=", a[j] + 1, "no reason at all"))


def test_checking_inside_evaluate_false_is_the_same():
    with evaluate(False):
        record = jacobian().check().record()
    assert record == jacobian().check().record()


def test_inequalities_compose():
    with evaluate(False):
        chain = Derivation(
            Claim("cross-entropy-bound", "A bound", (Ge(u[l], 0),)),
            Sum(u[l], (l, 1, n)) + 1,
            ("=", 1 + Sum(u[l], (l, 1, n)), "order does not matter"),
            (">=", 1, "no term is negative"),
        )
    assert chain.relation == ">="
    checked = chain.check()
    assert to_latex(checked.verdict.relation) == r"\sum_{l=1}^{n} u_{l} + 1 \ge 1"
    assert [trial.name for trial in checked.trials] == ["reversed relation", "tightened bound"]


@pytest.mark.parametrize(
    ("relations", "composed"),
    [(["=", "="], "="), (["=", "<=", "="], "<="), (["<", "<=", "="], "<"), ([">=", ">"], ">")],
)
def test_relation_of_a_chain(relations, composed):
    steps = [(relation, t, "a reason") for relation in relations]
    assert Derivation(Claim("chain", "A chain"), t, *steps).relation == composed


def test_scope_of_the_whole_is_the_narrowest():
    assert narrowest(["every value", "every n"]) == "every n"
    assert narrowest(["every n >= 2", "every n", "every n >= 3"]) == "every n >= 3"
    assert narrowest(["every n", "every m, n >= 2"]) == "every m, n >= 2"
    assert narrowest(["n = 3", "every value", "n = 2"]) == "n = 2, 3"
    assert narrowest([]) == "every value"


def test_a_claim_at_a_fixed_size_says_so():
    w = IndexedBase("w", shape=(3,), real=True)
    with evaluate(False):
        proof = Derivation(
            Claim("three-terms", "Three terms"),
            Sum(w[l], (l, 1, 3)),
            ("=", w[1] + w[2] + w[3], "written out"),
        )
    checked = proof.check()
    assert checked.record()["symbolic"] == {"status": "proved", "scope": "n = 3"}
    assert checked.verdict_line(math=True) == "Proved for $n = 3$."


def test_the_numeric_twin_is_run_and_reported():
    twin = NumericTwin(softmax_jacobian, {"z": z}, (j, i))
    checked = jacobian(twin=twin).check()
    assert checked.record()["numeric"]["sizes"] == [2, 3, 5, 17, 64]
    assert "| numeric twin |" in checked.markdown()


# --- What is displayed is what was checked -----------------------------------------------


def test_the_display_is_printed_from_the_checked_chain():
    proof = jacobian()
    with evaluate(True):
        display = aligned(proof.first, proof.steps)
    assert f"$$\n{display}\n$$ (softmax-jacobian)" in proof.check().markdown()


def test_changing_an_expression_changes_the_display_and_the_outcome():
    with evaluate(False):
        wrong = jacobian(last=a[j] * (KroneckerDelta(i, j) + a[i]))
        other = jacobian(last=a[j] * KroneckerDelta(i, j) - a[j] * a[i])
    assert aligned(wrong.first, wrong.steps) != aligned(jacobian().first, jacobian().steps)
    with pytest.raises(DerivationError):
        wrong._repr_mimebundle_()
    bundle = other._repr_mimebundle_()
    assert r"a_{j} \delta_{ij} - a_{j} a_{i}" in bundle["text/markdown"]
    assert bundle[RECORD_MIME]["statement"].endswith(r"a_{j} \delta_{ij} - a_{j} a_{i}")


def test_markdown_has_title_display_verdict_and_table_and_no_blank_line_inside_the_display():
    title, display, line, table = jacobian().check().markdown().split("\n\n")
    assert title == "**The Jacobian of softmax.**"
    assert display.startswith("$$\n\\begin{aligned}")
    assert line.startswith("Proved for every $n$, given $a_{j} = ")
    assert [row.split(" | ")[0] for row in table.splitlines()] == [
        "| check", "| :--", "| symbolic proof", "| exact evaluation", "| wrong variants",
    ]  # fmt: skip


def test_the_statement_is_confirmed_with_every_sum_written_out(monkeypatch):
    assert jacobian().check().confirmed >= 4

    def disagrees(relation, given):
        raise AssertionError(f"{relation} fails at n = 1")

    monkeypatch.setattr("gradproof.derivation.second_opinion", disagrees)
    with pytest.raises(AssertionError, match="fails at"):
        jacobian().check()


def test_representations_are_deterministic():
    first, second = jacobian()._repr_mimebundle_(), jacobian()._repr_mimebundle_()
    assert first == second
    assert set(first) == {"text/markdown", "text/plain", RECORD_MIME}


def test_record_is_plain_and_complete():
    record = jacobian().check().record()
    assert record["hypotheses"] == [to_latex(softmax)]
    assert record["mutants"]["survived"] == 0
    assert record["numeric"] is None
    assert record["sources"] == ["S0-14"]


def test_the_terminal_shows_the_chain_and_the_verdict():
    text = str(jacobian().check())
    assert "    = a[j]*(KroneckerDelta(i, j) - a[i])    (the definition)" in text
    assert "Proved for every n, given a[j] = exp(z[j])/Sum(exp(z[l]), (l, 1, n))." in text
    assert repr(jacobian()) == "Derivation('softmax-jacobian', 3 steps)"


def test_the_claims_it_rests_on_are_named():
    with evaluate(False):
        claim = Claim("double", "Double", rests_on=("single", "other-claim"))
        proof = Derivation(claim, x + x, ("=", 2 * x, "count"))
    assert proof.check().verdict_line() == (
        "Proved for every value of x, resting on `single` and `other-claim`."
    )


# --- What is refused ---------------------------------------------------------------------


def test_a_wrong_step_is_named_with_its_number_both_sides_and_counterexample():
    with evaluate(False):
        wrong = jacobian(second=(exp(z[j]) * total - exp(z[j]) * exp(z[i])) / total**2)
    with pytest.raises(DerivationError) as error:
        wrong.check()
    message = str(error.value)
    assert message.startswith("softmax-jacobian, step 2 (the quotient rule)\n")
    assert "    Derivative(exp(z[j])/Sum(exp(z[l]), (l, 1, n)), z[i])\n    = (exp(z[j])" in message
    assert "is refuted: n = 2, i = " in message
    assert "left side" in message


def test_the_first_wrong_step_is_the_one_named():
    with evaluate(False):
        wrong = jacobian(second=a[j], last=a[i])
    with pytest.raises(DerivationError, match="step 2"):
        wrong.check()


def test_two_wrongs_do_not_make_a_right():
    """The last expression is right, but no step may rest on a wrong one."""
    with evaluate(False):
        wrong = jacobian(second=a[j])
    with pytest.raises(DerivationError, match="step 2"):
        wrong.check()


def test_an_undecided_step_fails_and_says_why(monkeypatch):
    undecided = Verdict("undecided", Eq(x, t), "every n", reason="budget spent")
    monkeypatch.setattr("gradproof.derivation.prove", lambda relation, given: undecided)
    with pytest.raises(DerivationError, match=r"(?s)step 1 .*undecided: budget spent"):
        jacobian().check()


def test_a_hypothesis_no_step_needs_is_an_error():
    with pytest.raises(DerivationError, match=r"no step needs the hypothesis Sum\(y\[l\]"):
        jacobian(given=(softmax, sums_to_one)).check()


def test_a_missing_hypothesis_is_an_error():
    with pytest.raises(DerivationError, match="step 1"):
        jacobian(given=()).check()


def test_a_wrong_variant_that_is_not_refuted_is_an_error(monkeypatch):
    def timid(relation, given=()):
        verdict = prove(relation, given)
        if verdict:
            return verdict
        return Verdict("undecided", relation, verdict.scope, reason="timid")

    monkeypatch.setattr("gradproof.derivation.prove", timid)
    with pytest.raises(DerivationError, match="wrong variants not refuted: flipped sign"):
        jacobian().check()


def test_a_check_that_refutes_nothing_is_an_error(monkeypatch):
    monkeypatch.setattr("gradproof.derivation.mutants", lambda expr: ())
    with pytest.raises(DerivationError, match="no wrong variant"):
        jacobian().check()


def test_a_twin_that_disagrees_is_an_error():
    twin = NumericTwin(lambda z: 2 * softmax_jacobian(z), {"z": z}, (j, i))
    with pytest.raises(NumericTwinError):
        jacobian(twin=twin).check()


def test_a_failed_check_is_not_remembered_as_passed():
    with evaluate(False):
        wrong = jacobian(last=a[j])
    for _ in range(2):
        with pytest.raises(DerivationError):
            wrong.check()


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ((), "has none"),
        ((("<=", t, "up"), (">=", t, "down")), "mixes"),
        ((("<", t, "up"), ("=", t, "same"), (">", t, "down")), "mixes"),
        ((("==", t, "same"),), "step 1: relation"),
        ((("=", t, "  "),), "step 1: expected a reason"),
        ((("=", t),), r"step 1: expected \(relation"),
    ],
)
def test_a_malformed_chain_is_refused_at_construction(steps, message):
    with pytest.raises(ValueError, match=message):
        Derivation(Claim("chain", "A chain"), t, *steps)


# --- Slips and definitions ---------------------------------------------------------------


def test_a_slip_is_displayed_negated_with_its_counterexample():
    with evaluate(False):
        slip = refute(Eq(Derivative(a[j], z[i]), a[j] * (1 - a[i])), (softmax,), "No delta")
    markdown = slip.markdown()
    assert r"\frac{\partial a_{j}}{\partial z_{i}} \ne a_{j} \left(1 - a_{i}\right)" in markdown
    assert "Refuted: at $n = 2$, " in markdown
    assert markdown.startswith("**No delta.**")
    assert "is refuted: n = 2" in str(slip)


@pytest.mark.parametrize(
    "relation", [Ge(u[i], 0, evaluate=False), Eq(log(x), x, evaluate=False)], ids=str
)
def test_a_slip_may_be_any_relation(relation):
    assert refute(relation).verdict.counterexample is not None


def test_a_refuted_bound_is_displayed_as_not_holding():
    """Not as its opposite, which need not hold everywhere either."""
    markdown = refute(Le(x, 1, evaluate=False)).markdown()
    assert r"x \nleq 1" in markdown


def test_what_is_true_is_no_slip():
    with pytest.raises(DerivationError, match="is proved"):
        refute(Eq(x + x, 2 * x, evaluate=False))


def test_what_is_undecided_is_no_slip(monkeypatch):
    undecided = type(prove(Eq(x, x, evaluate=False)))(
        "undecided", Eq(x, t), "every value", reason="?"
    )
    monkeypatch.setattr("gradproof.derivation.prove", lambda relation, given: undecided)
    with pytest.raises(DerivationError, match="is undecided"):
        refute(Eq(x, t, evaluate=False))


def test_a_definition_is_printed_with_the_range_of_its_index():
    assert Definition(softmax_definition, "softmax").markdown() == (
        "$$\n"
        r"a_{j} = \frac{e^{z_{j}}}{\sum_{l=1}^{n} e^{z_{l}}}, \qquad j = 1, \dots, n."
        "\n$$ (softmax)"
    )


def test_a_definition_of_a_function_and_an_agreement_have_no_range():
    assert Definition(logistic_definition).markdown() == (
        "$$\n\\sigma(x) = \\frac{1}{1 + e^{-x}}.\n$$"
    )
    assert Definition(targets_sum_to_one).markdown() == "$$\n\\sum_{l=1}^{n} y_{l} = 1.\n$$"


@pytest.mark.parametrize(
    "wrong",
    [
        sums_to_one,
        Eq(a[j], 2 * z[j] + 7, evaluate=False),
        Eq(Symbol("C"), -Sum(y[j], (j, 1, n)), evaluate=False),
        True,
    ],
    ids=["sum", "array", "symbol", "true"],
)
def test_a_formula_of_ones_own_cannot_be_displayed_as_a_definition(wrong):
    with pytest.raises(ValueError, match="DEFINITIONS"):
        Definition(wrong)


def test_a_true_relation_is_confirmed_and_a_false_one_is_not():
    shown = confirm(Eq(Sum(a[j], (j, 1, n)), 1, evaluate=False), [softmax_definition])
    bundle = shown._repr_mimebundle_()
    assert bundle["text/markdown"].startswith("$$\n\\sum_{j=1}^{n} a_{j} = 1\n$$")
    assert bundle["text/markdown"].endswith("given $" + to_latex(softmax_definition) + "$.")
    assert bundle[DISPLAY_MIME] == {"kind": "confirmed"}
    with pytest.raises(DerivationError, match="expected a true one"):
        confirm(Eq(Sum(a[j], (j, 1, n)), 2, evaluate=False), [softmax_definition])


def test_a_step_that_changes_nothing_is_refused():
    with evaluate(False):
        idle = Derivation(
            Claim("idle", "Nothing happens"),
            2 * Sum(u[l], (l, 1, n)),
            ("=", 2 * Sum(u[l], (l, 1, n)), "because it is"),
        )
    with pytest.raises(DerivationError, match=r"step 1 \(because it is\): nothing changes"):
        idle.check()


@pytest.mark.parametrize("wrong", ["x + 1", [1, 2], None, Eq(x, t, evaluate=False)])
def test_only_expressions_make_a_chain_and_no_string_is_parsed(wrong):
    claim = Claim("wrong-input", "Wrong input")
    with pytest.raises(ValueError, match="first: expected a SymPy expression"):
        Derivation(claim, wrong, ("=", x, "because"))
    with pytest.raises(ValueError, match="step 1: expected a SymPy expression"):
        Derivation(claim, x, ("=", wrong, "because"))


def test_latex_and_html_show_the_same_chain():
    checked = jacobian().check()
    assert checked.latex() in checked.markdown()
    page = checked.html()
    assert page == jacobian().check().html()
    assert page.startswith("<section id='softmax-jacobian'>")
    assert "\\begin{aligned}" in page
    assert "$" not in page
    assert page.count("<tr>") == len(checked.table(math=True))
