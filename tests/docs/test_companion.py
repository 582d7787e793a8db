"""The companion in a real browser: offline, quiet, and with the numbers that Python computes."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from docs.companion.build import all_pages, size_of
from theory.exact import Comparison, ball, parse_point
from theory.registry import all_claims

PAGES = [page.slug for page in all_pages()]
FIXED = ["index", "errata", "errata-yamada", "measured", "claims/kanai.lemma-2", "api/index"]
HALF_MEGABYTE = 500_000


def exact(value: Any) -> str:
    """A JSON number or (nested) list as the text of the exact double."""
    if isinstance(value, list):
        return "(" + ", ".join(map(exact, value)) + ("," if len(value) == 1 else "") + ")"
    if isinstance(value, str):
        return value
    numerator, denominator = float(value).as_integer_ratio()
    return f"{numerator}/{denominator}"


def sides(claim: str, point: dict[str, Any]) -> tuple[float, float]:
    """Both sides of a claim's own inequality at a point, judged as witnesses are."""
    conclusion = all_claims()[claim].conclusion
    assert conclusion is not None
    found = conclusion(parse_point({key: exact(value) for key, value in point.items()}))
    comparison: Any = found if isinstance(found, Comparison) else next(iter(cast(Any, found)))
    assert isinstance(comparison, Comparison)
    return float(ball(comparison.left).mid()), float(ball(comparison.right).mid())


def drag(page: Any, label: str, dx: float, dy: float) -> None:
    """Move a handle by pixels on the screen, with the mouse."""
    handle = page.get_by_role("slider", name=label, exact=True)
    handle.scroll_into_view_if_needed()
    box = handle.locator(".grip").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx / 2, y + dy / 2)
    page.mouse.move(x + dx, y + dy)
    page.mouse.up()


def slide(page: Any, label: str, position: float) -> None:
    page.get_by_label(label, exact=True).evaluate(
        "(input, v) => { input.value = v; input.dispatchEvent(new Event('input')); }", position
    )


@pytest.mark.parametrize("name", [*PAGES, *FIXED])
def test_opens_from_a_file_without_network(opened: Any, site: Path, name: str):
    page = opened.open(f"{name}.html")
    page.wait_for_timeout(50)
    assert opened.complaints == []
    assert [url for url in opened.requests if not url.startswith(("file://", "data:"))] == []
    assert page.locator("h1").count() >= 1
    assert page.locator(".katex-error").count() == 0
    assert "$" not in page.locator("main").inner_text().replace("$ ", "")
    assert size_of(site / f"{name}.html") < HALF_MEGABYTE


@pytest.mark.parametrize("name", PAGES)
def test_every_part_of_a_page_is_there(opened: Any, name: str):
    page = opened.open(f"{name}.html")
    titles = page.locator("h2").all_inner_texts()
    for title in ("Predict first", "The statement", "The picture", "Break it", "The evidence"):
        assert title in titles
    assert page.locator(".plot").count() >= 1
    assert len(page.locator("#figure").get_attribute("aria-label")) > 150
    assert page.locator(".break, .toggle.break").count() >= 1
    assert page.locator("details.badge").count() >= 1
    # Curves, not an empty frame, before anything is touched.
    drawn = page.eval_on_selector_all(
        "#figure path, #figure circle",
        "nodes => nodes.filter((n) => n.getBBox().width > 20).length",
    )
    assert drawn >= 2
    assert "NaN" not in page.locator("#figure").inner_html()


@pytest.mark.parametrize("name", [*PAGES, *FIXED])
def test_readable_on_a_phone_and_in_the_dark(phone: Any, name: str):
    page = phone.open(f"{name}.html")
    assert phone.complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    ink, paper = page.evaluate(
        "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    )
    light = [sum(map(int, re.findall(r"\d+", color)[:3])) for color in (ink, paper)]
    assert light[0] - light[1] > 400


@pytest.mark.parametrize("name", PAGES)
def test_every_control_works_without_complaint(opened: Any, name: str):
    """Each slider to both ends, each switch on, each choice, each button, each handle by keys."""
    page = opened.open(f"{name}.html")
    first = opened.state()
    for slider in page.locator("#figure input[type=range]").all():
        for key in ("End", "Home", "ArrowRight"):
            slider.press(key)
    for choice in page.locator("#figure input[type=radio]").all():
        choice.check()
    for button in page.locator("#figure button").all():
        button.click()
    for handle in page.locator("#figure .handle").all():
        for key in ("ArrowLeft", "ArrowUp", "Shift+ArrowRight"):
            handle.press(key)
    for switch in page.locator("#figure input[type=checkbox]").all():
        switch.check()
        assert opened.state() != first, "the switch changes nothing"
    assert opened.complaints == []
    assert "NaN" not in page.locator("#figure").inner_html()


CHECKED = ["lemma-2", "lemma-3", "proposition-1", "theorem-1", "theorem-2", "swish"]


@pytest.mark.parametrize("name", CHECKED)
def test_the_live_inequality_is_the_claims_own(opened: Any, name: str):
    """The figure names the claim and its point: both sides are as the claim computes them."""
    page = opened.open(f"{name}.html")
    assert opened.state()["claim"]
    for key in (None, "ArrowUp", "ArrowLeft", "ArrowLeft"):
        if key is not None:
            page.locator("#figure .handle, #figure input[type=range]").first.press(key)
        state = opened.state()
        if not state.get("claim"):
            continue
        left, right = sides(state["claim"], state["point"])
        assert state["left"] == pytest.approx(left, rel=1e-9, abs=1e-12)
        assert state["bounds"][0] == pytest.approx(right, rel=1e-9, abs=1e-12)


def test_crossing_the_axis_jumps_in_linf_and_glides_in_l2(opened: Any):
    page = opened.open("lemma-3.html")
    before = opened.state()
    drag(page, "weight θ", 0, 60)
    after = opened.state()
    (_, t0), (_, t1) = before["point"]["theta_1"], after["point"]["theta_1"]
    assert t0 > 0 > t1
    eps = before["point"]["eps"]
    assert after["linf"][1] - before["linf"][1] == 2 * eps
    assert after["linf"][0] == before["linf"][0]
    for state in (before, after):
        theta = np.array(state["point"]["theta_1"])
        expected = -eps * theta / math.hypot(*theta)
        np.testing.assert_allclose(state["l2"], expected, rtol=1e-13)
    assert before["same"]
    assert not after["same"]


def test_keys_and_touch_do_what_the_mouse_does(opened: Any, phone: Any):
    page = opened.open("lemma-2.html")
    start = opened.state()["point"]["theta_1"]
    handle = page.get_by_role("slider", name="weight θ₁", exact=True)
    handle.press("ArrowRight")
    handle.press("Shift+ArrowUp")
    moved = opened.state()["point"]["theta_1"]
    np.testing.assert_allclose(np.subtract(moved, start), [0.1, 0.01], atol=1e-12)
    assert handle.get_attribute("aria-valuetext") == "(0.52, 0.46)"
    scale = page.locator(".plot").first.evaluate("svg => svg.getBoundingClientRect().width / 330")
    units = (330 - 26) / 4.4  # what the plot leaves beside its margins, for 4.4 units of weight
    drag(page, "weight θ₁", -0.1 * units * scale, 0.01 * units * scale)
    np.testing.assert_allclose(opened.state()["point"]["theta_1"], start, atol=0.02)

    page = phone.open("lemma-2.html")
    start = phone.state()["point"]["theta_1"]
    grip = page.get_by_role("slider", name="weight θ₁", exact=True).locator(".grip")
    grip.scroll_into_view_if_needed()
    box = grip.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    client = page.context.new_cdp_session(page)
    touch = "Input.dispatchTouchEvent"
    client.send(touch, {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    client.send(touch, {"type": "touchMove", "touchPoints": [{"x": x + 40, "y": y - 20}]})
    client.send(touch, {"type": "touchEnd", "touchPoints": []})
    moved = np.subtract(phone.state()["point"]["theta_1"], start)
    assert moved[0] > 0.2
    assert moved[1] > 0.1


def test_the_gamma_slider_shows_what_python_computes(opened: Any):
    import jax

    from theory.local_entropy import absolute_local_entropy, local_entropy

    page = opened.open("theorem-3.html")
    for position in (0, 6, 12):
        slide(page, "γ", position)
        state = opened.state()
        gamma = 0.5 * 2 ** (position / 2)
        assert state["gamma"] == pytest.approx(gamma, rel=1e-15)
        found = jax.vmap(lambda t, g=gamma: absolute_local_entropy(2.0, t, g))(
            np.array(state["theta"])
        )
        np.testing.assert_allclose(state["F"], found.F, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(state["hessian"], found.hessian[:, 0, 0], rtol=1e-9, atol=1e-9)
    page.get_by_label("attacked logistic loss").check()
    state = opened.state()

    def attacked(t: Any) -> Any:
        return jax.nn.softplus(2.0 * jax.numpy.abs(t[0]) - 0.5 * t[0])

    for k in (0, 30, 47):
        other = local_entropy(attacked, [state["theta"][k]], state["gamma"], kinks=[0.0])
        assert state["F"][k] == pytest.approx(float(other.F), abs=1e-9)
        assert state["variance"][k] == pytest.approx(float(other.covariance[0, 0]), abs=1e-9)


@pytest.mark.parametrize("name", PAGES)
def test_dropping_a_hypothesis_breaks_the_bound(opened: Any, name: str):
    """Every bound holds at first (one page is about a statement that fails); no break is idle."""
    page = opened.open(f"{name}.html")
    assert all(opened.state()["holds"]) == (name != "yamada-theorem-1")
    for k in range(page.locator(".toggle.break").count()):
        page = opened.open(f"{name}.html")
        page.locator(".toggle.break input").nth(k).check()
        assert not all(opened.state()["holds"])
        assert "violated" in page.locator(".row.violated").first.inner_text()


def test_the_double_well_of_lemma_4_is_solved(opened: Any):
    opened.open("lemma-4.html")
    state = opened.state()
    for theta, x in zip(state["theta"], state["x"], strict=True):
        assert abs(-4 * x**3 + 4 * x + theta) < 1e-13


def test_the_kinks_of_the_swish_model_are_where_python_says(opened: Any):
    """Jumps of the gradient from both sides, by `theory.kinks`; the page drags along the axis."""
    import jax.numpy as jnp

    from theory.kinks import gradient_jump
    from theory.swish import swish_adversarial_loss, swish_interior

    page = opened.open("swish.html")
    x, interiors = jnp.array([-1.0, 1.0]), []
    for keys in ([], ["ArrowRight"] * 5, ["ArrowLeft"] * 14):
        for key in keys:
            page.locator("#figure .handle").press(key)
        state = opened.state()
        theta, eps = np.array(state["theta"]), state["point"]["eps"]
        found = gradient_jump(
            lambda t, e=eps: swish_adversarial_loss(t, x, 1, e, np.inf), theta, [0.0, 1.0]
        )
        assert found.kink == (not state["interior"])
        assert state["jump"] == pytest.approx(float(np.linalg.norm(found.limit)), abs=1e-6)
        interiors.append(state["interior"])
        assert bool(swish_interior(theta, x, eps, np.inf)) == state["interior"]
    assert interiors == [False, True, False]
    page.get_by_label("L2", exact=True).check()
    state = opened.state()
    assert state["theta"] == [0, 0]
    assert state["jump"] == pytest.approx(state["point"]["eps"] / 2, rel=1e-12)
    assert all(state["holds"])


def test_the_inner_loop_is_the_transcription_of_algorithm_1(opened: Any):
    """Plain Python floats through theory.algorithm_1, against the page after two slides."""
    from theory.algorithm_1 import inner_loop, quadratic_gradient

    page = opened.open("algorithm-1.html")
    slide(page, "curvature ρ of the loss", 2.5)
    slide(page, "step η′", 0.3)
    state = opened.state()
    for version, key in (("printed", "wrong"), ("corrected", "right")):
        found = inner_loop(
            (2.0,),
            quadratic_gradient((2.5,)),
            gamma=state["gamma"],
            eta_prime=0.3,
            alpha=0.75,
            L=30,
            version=cast(Any, version),
        )
        path = [2.0, *(t for (t,) in found.iterates)]
        np.testing.assert_allclose(state[key]["path"], path, rtol=1e-10, atol=1e-12)


def test_badges_come_from_the_run(opened: Any):
    page = opened.open("lemma-2.html")
    badge = page.locator("details.badge[data-claim='kanai.lemma-2.bounded-set']")
    assert "REFUTED" in badge.locator("summary").inner_text()
    badge.locator("summary").click()
    text = badge.inner_text()
    assert "witness" in text
    assert "python -m verify kanai.lemma-2.bounded-set" in text


def test_the_graph_has_every_claim_and_no_dead_link(opened: Any, site: Path):
    page = opened.open("index.html")
    nodes = page.eval_on_selector_all(".graph a", "n => n.map((a) => a.getAttribute('data-id'))")
    assert sorted(nodes) == sorted(all_claims())
    links = page.eval_on_selector_all("a", "n => n.map((a) => a.getAttribute('href'))")
    for link in {link.split("#")[0] for link in links} - {""}:
        assert (site / link).exists(), link
    page.locator(".graph a[data-id='kanai.theorem-1']").focus()
    lit = page.eval_on_selector_all(".graph a.on", "n => n.map((a) => a.getAttribute('data-id'))")
    assert {"kanai.lemma-2", "kanai.lemma-2.example"} <= set(lit)
    assert "kanai.theorem-3" not in lit
