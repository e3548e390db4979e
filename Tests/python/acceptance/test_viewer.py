"""The viewer page in a real browser: Debian's Chromium, driven by playwright.

Screenshots are kept in CUE_SCREENSHOTS (by default .build/screenshots), for people to look at.
"""

import contextlib
import datetime
import json
import os

import pytest

from loopback import files
from watching import PATIENCE, Events, answer, ask, put, question, reveal

WAIT = PATIENCE * 1000
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}

# Installed before the page's own scripts: stalls, once the picture runs.
COUNT_STALLS = """
    window.stalls = [];
    let runs = false;
    document.addEventListener("playing", () => { runs = true; }, true);
    for (const name of ["waiting", "stalled"]) {
        document.addEventListener(name, (event) => {
            if (runs) window.stalls.push([name, event.target.currentTime]);
        }, true);
    }
"""


class Pages:
    """Viewers, each with storage of its own; whatever a page complains about fails the test."""

    def __init__(self, chromium):
        self._chromium = chromium
        self._contexts = []
        self.complaints = []

    def open(self, url, viewport=DESKTOP, prepare=None, **options):
        context = self._chromium.new_context(viewport=viewport, **options)
        self._contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT)
        page.on("console", lambda m: m.type == "error" and self.complaints.append(m.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.add_init_script(COUNT_STALLS)
        if prepare:
            prepare(page)
        page.goto(url)
        return page

    def watch(self, stage, **options):
        """A page whose picture runs."""
        page = self.open((stage if isinstance(stage, str) else stage.url) + "/", **options)
        page.wait_for_selector("[data-state=live]")
        return page

    def close(self):
        for context in self._contexts:
            context.close()


@pytest.fixture
def pages(chromium, stage, program):
    # Stage and program are ended after the pages, which would complain of their end.
    pages = Pages(chromium)
    yield pages
    pages.close()
    assert pages.complaints == []


def events(page):
    """The cues that the page has listed, the first one first."""
    found = page.eval_on_selector_all("#events li", "items => items.map(i => ({...i.dataset}))")
    return [
        {**item, "start": float(item["start"]), "wall": float(item["wall"]) / 1000,
         "late": float(item["position"]) - float(item["start"])}
        for item in reversed(found)
    ]


def until(page, condition):
    """Waits in the page for what has no event; its policy forbids playwright's own way, eval."""
    page.evaluate("""() => new Promise((done, failed) => {
        const end = Date.now() + %d;
        const look = () => {
            if (%s) done();
            else if (Date.now() > end) failed(new Error("it never came"));
            else requestAnimationFrame(look);
        };
        look();
    })""" % (WAIT, condition))


def card(page):
    return page.locator("#card").inner_text()


# --- A whole show -------------------------------------------------------------------------------


@pytest.mark.timeout(300)
def test_trivia_night(pages, program, repository, picture):
    process = program.start(
        "rehearse", repository / "cues" / "trivia-night.yaml", "--log", "log.jsonl",
        "--answers", "answers.sqlite", credentials=None)
    url = process.wait_for(r"watch it at (\S+)/$")[1]
    first = pages.watch(url)
    second = pages.watch(url, viewport=PHONE, has_touch=True)

    first.wait_for_selector("#banner:not([hidden])")
    picture(first, "1-banner")
    first.wait_for_selector(".choice")
    picture(first, "2-question")
    first.click("text=Saturn")
    first.wait_for_selector("text=Answer sent")
    second.wait_for_selector(".choice")
    picture(second, "3-question-phone")
    assert "%" not in card(second), "who has not answered is not told what others think"
    second.tap("text=Jupiter")
    # Each sees the other's answer.
    for page in (first, second):
        until(page, "[...document.querySelectorAll('.share')].map((s) => s.dataset.count).join()"
                    " === '1,1,0'")
    picture(first, "4-answered")
    for page in (first, second):
        page.wait_for_selector(".choice.right")
        assert page.locator(".choice.right .text").inner_text() == "Saturn"
    assert "You got it right." in card(first) and "Not this time." in card(second)
    picture(first, "5-reveal", full_page=True)
    picture(second, "6-reveal-phone", full_page=True)

    first.wait_for_selector(".product")
    assert "Trivia Night mug" in card(first) and "19.90" in card(first)
    picture(first, "7-product")
    second.wait_for_selector(".product")
    picture(second, "8-product-phone")
    for page in (first, second):
        page.wait_for_selector("#events [data-cue=goodbye]")
    picture(first, "9-goodbye")
    process.wait_for(r"waiting until viewers have seen the end")

    # 115 s and more are fourteen seams of the clip's 8 s.
    figures = {}
    for name, page in (("first", first), ("second", second)):
        state = page.evaluate("""() => {
            const video = document.getElementById("video");
            const quality = video.getVideoPlaybackQuality();
            return {stalls: window.stalls, position: video.currentTime,
                    ranges: video.buffered.length, frames: quality.totalVideoFrames,
                    dropped: quality.droppedVideoFrames};
        }""")
        assert state["stalls"] == [], f"the {name} viewer's picture stood still"
        assert state["position"] > 60 and state["ranges"] == 1
        figures[name] = state
    seen = {name: events(page) for name, page in (("first", first), ("second", second))}
    for page in (first, second):
        page.context.close()
    process.finish().ended(0)

    log = program.log("log.jsonl")
    sent = [e for e in log.events if e["event"] in ("cue_sent", "cue_repeated")]
    assert len({e["cue"] for e in sent}) == 13
    for name, listed in seen.items():
        assert [e["cue"] for e in listed] == [e["cue"] for e in sent], "every cue, in order"
        lags = []
        for event, record in zip(listed, sent):
            moment = datetime.datetime.fromisoformat(record["sent"]).timestamp()
            lags.append(event["wall"] - moment)
            # Never before its frame, and of its own second; how late is a figure, for a busy
            # machine draws late.
            assert 0 <= event["late"] <= 1, f"{event} fired {event['late']:.3f} s late"
            assert lags[-1] <= 10, f"{event} came {lags[-1]:.2f} s after PutMetadata"
        late = sorted(e["late"] * 1000 for e in listed)
        lags.sort()
        figures[name] |= {
            "cues": len(listed), "fired_ms": [round(late[len(late) // 2], 1), round(late[-1], 1)],
            "lag_s": [round(lags[len(lags) // 2], 2), round(lags[-1], 2)],
        }
    (picture.folder / "trivia-night.json").write_text(json.dumps(figures, indent=2) + "\n")
    listed = json.loads(program.run(
        "answers", "answers.sqlite", "--format", "json", credentials=None).ended(0).out)
    assert [a["count"] for a in listed[0]["answers"]] == [1, 1, 0]


def test_it_comes_back_after_the_stream_was_off(pages, stage, picture):
    running = stage("--offline-at", "4s", "--restart-at", "7s")
    page = pages.watch(running)
    page.wait_for_selector("[data-state=offline]")
    page.wait_for_selector("text=The stream is off the air")
    picture(page, "off-the-air")
    page.wait_for_selector("[data-state=live]")
    put(running, question())
    page.wait_for_selector(".choice")
    # A request that is refused while the stream is off is logged by the browser itself.
    pages.complaints[:] = [text for text in pages.complaints if "404" not in text]


# --- What a cue may say -------------------------------------------------------------------------

HOSTILE = [
    "<script>window.hit = 1</script><img src=x onerror=window.hit=2>",
    "\"quotes\" 'and' `ticks` ${window.hit = 3} {{7*7}} &lt;b&gt; \\u003c",
    "שלום עולם مرحبا \u202Egnp.exe\u202C 👩‍👩‍👧‍👦🏴‍☠️ 𝕏 空",
]


def test_hostile_text_is_text(pages, stage, picture):
    running = stage()
    page = pages.watch(running)
    for number, text in enumerate(HOSTILE):
        answers = [text, "<b>bold</b>", "Z\u0351\u036balgo"]
        put(running, question(f"h{number}", question=text, answers=answers))
        page.wait_for_selector(f"#events [data-cue=h{number}]", state="attached")
        assert page.locator("#card h2").text_content() == text
        assert page.locator(".choice .text").first.text_content() == text
        assert page.locator("#events .what").first.text_content() == text
        assert json.loads(page.locator("#raw").text_content())["question"] == text
        assert page.locator("#announcer").text_content().startswith(f"Question: {text}")
    picture(page, "hostile", full_page=True)
    put(running, {"cue": "p", "type": "product", "name": HOSTILE[0], "description": HOSTILE[1],
                  "price": HOSTILE[2], "url": "javascript:window.hit=4",
                  "image": "data:text/html,x", "sku": {"a": 1}, "sizes": ["<i>", "M"]})
    page.wait_for_selector(".product")
    assert page.locator(".product h2").text_content() == HOSTILE[0]
    assert page.locator(".product a, .product img").count() == 0
    put(running, {"cue": "b", "type": "banner", "text": HOSTILE[0]})
    until(page, f"document.getElementById('banner-text').textContent === {json.dumps(HOSTILE[0])}")
    assert page.evaluate("window.hit") is None
    assert page.locator("main script, main img, main b:not(.timer b), main i").count() == 0


@pytest.mark.parametrize("text", [
    "no JSON at all", "[1, 2, 3]", "null", "42", '{"question": "Q?", "answers": "none"}',
    '{"question": "Q?", "answers": [1, 2]}', '{"question": "Q?", "answers": []}',
    '{"correctIndex": 99}', '{"correctIndex": "1"}', '{"type": "product"}', "{}",
    '{"type": "product", "name": 1, "price": {}, "sizes": 3, "url": 4}',
    '{"question": "Q?", "answers": ["a", "b"], "seconds": "x", "cue": 7, "run": []}',
])
def test_any_metadata_is_borne(pages, shared_stage, text):
    page = pages.watch(shared_stage)
    put(shared_stage, text)
    page.wait_for_selector("#events li", state="attached")
    put(shared_stage, question("after", run=str(abs(hash(text)))[:6]))
    page.wait_for_selector("#card h2:has-text('Question after?')")


@pytest.fixture(scope="module")
def shared_stage(cue_runner, tmp_path_factory):
    from program import Program, StageProcess

    program = Program(cue_runner, tmp_path_factory.mktemp("shared"))
    running = StageProcess(program)
    yield running
    running.stop()
    program.close()


def test_aws_shapes(pages, stage):
    running = stage()
    page = pages.watch(running)
    put(running, {"question": "One?", "answers": ["a", "b"], "poll_id": "p1", "current_time": "t"})
    page.wait_for_selector("text=One?")
    page.click(".choice >> nth=1")
    page.wait_for_selector("text=Answer sent")
    put(running, {"question": "Two?", "answers": ["a", "b"], "correctIndex": 0})
    page.wait_for_selector("h2:has-text('Two?')")
    assert page.locator(".choice.right").count() == 0, "not before there is an answer"
    page.click(".choice >> nth=1")
    page.wait_for_selector(".choice.right:has-text('a')")
    assert "Not this time." in card(page)


def test_repeats_are_dropped_and_late_viewers_join(pages, stage):
    running = stage()
    early = pages.watch(running)
    put(running, question(seconds=30))
    early.wait_for_selector(".choice")
    early.click(".choice >> nth=2")
    early.wait_for_selector("text=Answer sent")
    late = pages.watch(running)
    assert late.locator(".choice").count() == 0
    put(running, question(seconds=25))
    late.wait_for_selector(".choice")
    until(early, "document.querySelectorAll('#events li').length === 2")
    assert early.locator(".choice[aria-pressed=true] .text").inner_text() == "Uranus"
    assert "repeated" in early.locator("#events li").first.inner_text()
    put(running, question(run="zzzz"))
    until(early, "document.querySelectorAll('#events li').length === 3")
    assert early.locator(".choice[aria-pressed=true]").count() == 0, "another run asks anew"


def test_the_countdown_closes_the_question(pages, stage):
    running = stage()
    page = pages.watch(running)
    put(running, question(seconds=2))
    page.wait_for_selector("[role=timer]")
    until(page, "document.querySelector('.note').textContent === 'Time is up.'")
    assert page.locator(".choice[aria-disabled=true]").count() == 3
    page.locator(".choice").first.click(force=True)
    assert page.locator(".choice[aria-pressed=true]").count() == 0


def test_a_refused_answer_is_said(pages, stage):
    running = stage()
    page = pages.watch(running)
    put(running, question(seconds=1000))
    page.wait_for_selector(".choice")
    put(running, {"poll_id": "q1", "run": "x7k2", "correctIndex": 1, "cue": "q1.reveal"})
    Events(running)
    # The stage closes at the reveal; the page learns of it a second later, by the video.
    # At once, whether the card has come to rest or not: on a busy machine the reveal is quicker.
    page.locator(".choice").first.dispatch_event("click")
    page.wait_for_selector("text=/Too late|right answer|Not this time/")
    page.wait_for_selector(".choice.right")
    assert page.locator(".choice[aria-pressed=true]").count() == 0
    pages.complaints[:] = [text for text in pages.complaints if "409" not in text]


def test_sound_is_off_until_it_is_wanted(pages, stage):
    page = pages.watch(stage())
    button = page.get_by_role("button", name="Sound")
    assert button.get_attribute("aria-pressed") == "false"
    assert page.evaluate("document.getElementById('video').muted")
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    assert not page.evaluate("document.getElementById('video').muted")
    # There is sound to be heard: the decoder has read some.
    until(page, "document.getElementById('video').webkitAudioDecodedByteCount > 0")


def test_a_browser_without_media_source(pages, stage):
    page = pages.open(stage().url + "/", prepare=lambda page: page.add_init_script(
        "delete window.MediaSource; delete window.ManagedMediaSource;"))
    page.wait_for_selector("text=This browser plays no live stream.")


def test_viewers_of_another_channel(pages, stage):
    arns = [f"arn:aws:ivs:us-west-2:123456789012:channel/Number{n:06}" for n in range(2)]
    running = stage("--channel", arns[0], "--channel", arns[1])
    page = pages.open(f"{running.url}/?channel=Number000001")
    page.wait_for_selector("[data-state=live]")
    put(running, {"cue": "first", "text": "for the first"})
    running.channel = arns[1]
    put(running, {"cue": "second", "text": "for the second"})
    page.wait_for_selector("#events [data-cue=second]", state="attached")
    assert [e["cue"] for e in events(page)] == ["second"]


# --- For everybody ------------------------------------------------------------------------------


def test_keyboard_alone(pages, stage):
    running = stage()
    page = pages.watch(running)
    put(running, question(seconds=60))
    page.wait_for_selector(".choice")
    assert page.evaluate("document.activeElement === document.body"), "focus is not taken away"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText").startswith("A\nJupiter")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "focus can be seen"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.wait_for_selector(".choice[aria-pressed=true]:has-text('Saturn')")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_selector(".choice[aria-pressed=true]:has-text('Jupiter')")
    page.wait_for_selector("text=Answer sent")


def test_a_screen_reader_is_told(pages, stage):
    running = stage()
    page = pages.watch(running)
    assert page.locator("#announcer").get_attribute("aria-live") == "polite"
    put(running, question(seconds=60))
    until(page, "document.getElementById('announcer').textContent === "
        "'Question: Question q1? 3 answers, 60 seconds.'")
    group = page.get_by_role("group", name="Question q1?")
    assert group.get_by_role("button").count() == 3
    button = group.get_by_role("button", name="Saturn")
    assert button.get_attribute("aria-pressed") == "false"
    button.click()
    until(page, "document.getElementById('announcer').textContent.startsWith('Answer sent')")
    assert button.get_attribute("aria-pressed") == "true"
    put(running, reveal())
    until(page, "document.getElementById('announcer').textContent === "
        "'The right answer: Saturn. You got it right.'")
    assert group.get_by_role("button", name="Saturn", disabled=True).count() == 1
    assert "right answer" in page.locator(".choice.right").text_content(), "not by colour alone"
    headings = page.eval_on_selector_all("h1, h2, h3", "items => items.map(i => i.textContent)")
    assert headings == ["Question q1?"]


CONTRAST = """() => {
    const parse = (text) => {
        const found = text.match(/[\\d.]+/g).map(Number);
        return found.length === 3 ? [...found, 1] : found;
    };
    const over = (a, b) => [0, 1, 2].map((i) => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
    const light = (c) => {
        const [r, g, b] = c.slice(0, 3).map((v) => v / 255)
            .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ratio = (a, b) => {
        const [x, y] = [light(a), light(b)].sort((m, n) => n - m);
        return (x + 0.05) / (y + 0.05);
    };
    // Every colour that may be behind an element: its own and its ancestors' colours, all colours
    // of a gradient, and the bar of an answer.
    const behind = (element) => {
        if (!element) return [[11, 13, 25, 1]];
        const style = getComputedStyle(element);
        const own = parse(style.backgroundColor);
        const stops = (style.backgroundImage.match(/rgba?\\([^)]*\\)/g) ?? []).map(parse)
            .filter((c) => c[3] > 0);
        const below = own[3] === 1 ? [own] : behind(element.parentElement).map((b) => over(own, b));
        let all = below.concat(stops.flatMap((s) => below.map((b) => over(s, b))));
        const fill = element.querySelector(":scope > .fill");
        if (fill) all = all.concat([parse(getComputedStyle(fill).backgroundColor)]);
        return all;
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode.textContent.trim();
        const element = walker.currentNode.parentElement;
        if (!text || element.closest(".unseen, script, noscript, [hidden], .skip")) continue;
        if (!element.checkVisibility()) continue;
        const opacity = [];
        for (let e = element; e; e = e.parentElement) {
            opacity.push(Number(getComputedStyle(e).opacity));
        }
        const color = parse(getComputedStyle(element).color);
        color[3] *= opacity.reduce((a, b) => a * b, 1);
        const worst = Math.min(...behind(element).map((b) => ratio(over(color, b), b)));
        found.push([Math.round(worst * 100) / 100, element.className || element.tagName, text]);
    }
    return found.sort((a, b) => a[0] - b[0]);
}"""


def test_contrast(pages, stage, picture):
    running = stage()
    page = pages.watch(running)
    found = {"idle": page.evaluate(CONTRAST)}
    put(running, question(seconds=6))
    page.wait_for_selector(".choice")
    page.click(".choice >> nth=0")
    answer(running, 1, "viewer-0002")
    until(page, "document.querySelectorAll('.share')[1].dataset.count === '1'")
    picture(page, "two-answers")
    found["answered"] = page.evaluate(CONTRAST)
    page.wait_for_selector(".timer.short")
    found["short"] = page.evaluate(CONTRAST)
    put(running, reveal())
    page.wait_for_selector(".choice.right")
    picture(page, "wrong-answer")
    found["revealed"] = page.evaluate(CONTRAST)
    put(running, {"cue": "p", "type": "product", "name": "Mug", "price": 12, "salePrice": 9.5,
                  "currency": "EUR", "sku": "A-1", "description": "For tea.", "sizes": ["S", "L"],
                  "url": "https://example.com/"})
    put(running, {"cue": "b", "text": "Banner"})
    page.wait_for_selector(".product")
    page.wait_for_selector("#banner:not([hidden])")
    page.click("summary >> nth=1")
    picture(page, "product-sale", full_page=True)
    found["product"] = page.evaluate(CONTRAST)
    for state, texts in found.items():
        assert len(texts) > 8
        assert texts[0][0] >= 4.5, f"{state}: {texts[:4]}"


def test_reduced_motion(pages, stage):
    page = pages.watch(stage(), reduced_motion="reduce")
    assert page.evaluate("document.getAnimations().length") == 0
    assert page.evaluate(
        "getComputedStyle(document.querySelector('.sound')).transitionDuration") in ("0s", "")


@pytest.mark.parametrize("viewport", [
    PHONE, {"width": 320, "height": 568}, {"width": 844, "height": 390},
], ids=["phone", "small", "landscape"])
def test_small_screens(pages, stage, picture, viewport):
    running = stage()
    page = pages.watch(running, viewport=viewport, has_touch=True, is_mobile=True,
                       device_scale_factor=2)
    words = ["Donaudampfschifffahrtsgesellschaftskapitän", "Two words", "C", "D"]
    put(running, question(question="Which of these is the longest word that fits?", seconds=60,
                          answers=words))
    page.wait_for_selector(".choice")
    picture(page, f"small-{viewport['width']}")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    for button in page.locator("button:visible, summary:visible, a.buy:visible").all():
        box = button.bounding_box()
        assert box["height"] >= 44 and box["width"] >= 44, button.inner_text()
    if viewport["width"] < viewport["height"]:
        video = page.locator("#video").bounding_box()
        choices = page.locator(".choice").first.bounding_box()
        assert video["y"] + video["height"] <= choices["y"]
    page.tap(".choice >> nth=1")
    page.wait_for_selector("text=Answer sent")


# --- Safety -------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", [
    "/../Package.swift", "/%2e%2e/Package.swift", "/..%2f..%2fetc/passwd", "//etc/passwd",
    "/./index.html", "/Page/index.html", "/stage.mp4", "/make-clip.sh", "/live/../index.html",
    "/style.css/", "/INDEX.HTML", "/config.json%00", "/answers.sqlite", "/.git/config",
])
def test_nothing_but_the_page_is_served(shared_stage, target):
    found = ask(shared_stage, "GET", target)
    assert found.status == 404 and len(found.body) < 200


def test_policies(shared_stage):
    page = ask(shared_stage, "GET", "/")
    parts = page.headers["content-security-policy"].split(";")
    policy = dict(part.strip().split(" ", 1) for part in parts)
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    for target in ("/", "/main.js", "/style.css", "/live.mp4", "/config.json"):
        headers = ask(shared_stage, "HEAD", target).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert ask(shared_stage, "HEAD", target).body == b""
        assert ("access-control-allow-origin" in headers) == (target == "/live.mp4")
    preflight = ask(shared_stage, "OPTIONS", "/answers", headers={
        "Origin": "https://show.example", "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type"})
    assert preflight.status == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in preflight.headers
    # The API is for AWS's clients, not for pages.
    assert ask(shared_stage, "OPTIONS", "/PutMetadata").status == 405


def test_a_name_from_elsewhere_is_not_served(shared_stage):
    # What a page does whose own name was made to lead to this machine.
    for target in ("/", "/answers", "/config.json"):
        assert ask(shared_stage, "GET", target, headers={"Host": "evil.example:80"}).status == 403
    assert ask(shared_stage, "POST", "/answers", "{}", {
        "Host": "evil.example", "Content-Type": "application/json"}).status == 403


def test_listening_for_others_needs_a_token(stage, program):
    token = "the-token-of-tonight-1234"
    running = stage("--listen", "0.0.0.0", "--token", token)
    running.process.wait_for(r"warning: everybody who reaches 0\.0\.0\.0")
    assert running.exports["AWS_SESSION_TOKEN"] == token
    import botocore.exceptions

    from watching import client

    for wrong in (None, "another-token-1234567"):
        with pytest.raises(botocore.exceptions.ClientError) as refused:
            client(running, token=wrong).get_stream(channelArn=running.channel)
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    client(running, token=token).put_metadata(
        channelArn=running.channel, metadata=json.dumps(question()))
    assert ask(running, "GET", "/").status == 200
    assert answer(running, 1).status == 200
    made = stage("--listen", "0.0.0.0").exports["AWS_SESSION_TOKEN"]
    assert len(made) == 40 and made != token


@pytest.mark.parametrize("address", ["999.1.1.1", "203.0.113.7", "no such host"])
def test_an_address_that_is_not_ours(program, address):
    program.run("stage", "--listen", address, credentials=None).ended(69).helps().says("--listen")


def test_a_rehearsal_for_others_signs_with_the_token(program, repository):
    result = program.run(
        "rehearse", repository / "cues" / "product-launch.yaml", "--listen", "0.0.0.0", "--until",
        "title", "--log", "log.jsonl", credentials=None).ended(0)
    result.says(r"(?m)warning: everybody", r"(?m)^2 delivered", r"(?m)^watch it at http://\S+/$",
                r"(?m)^watch es at http://\S+/\?channel=Launch01Es$")


def test_a_fast_rehearsal_has_no_page(program, repository):
    result = program.run("rehearse", repository / "cues" / "trivia-night.yaml", "--speed", "100",
                         "--log", "log.jsonl", credentials=None).ended(0)
    assert "watch it at" not in result.err


# --- A real channel -----------------------------------------------------------------------------

PLAYBACK = "https://a1b2c3.us-west-2.playback.live-video.net/api/video/v1/us-west-2.channel.x.m3u8"

# Amazon's player by its documented interface, as far as a page uses it; the rest of a real one is
# not there to be called.
# https://docs.aws.amazon.com/ivs/latest/LowLatencyUserGuide/player-web.html
STAND_IN = """
window.IVSPlayer = (() => {
    const listeners = new Map();
    const calls = [];
    let position = 0;
    const player = {
        attachHTMLVideoElement(element) { calls.push(["attach", element.id]); },
        addEventListener(name, take) {
            listeners.set(name, [...(listeners.get(name) ?? []), take]);
        },
        setAutoplay(on) { calls.push(["autoplay", on]); },
        setMuted(on) { calls.push(["muted", on]); },
        load(url) { calls.push(["load", url]); },
        play() { calls.push(["play"]); },
        getPosition() { return position; },
    };
    return {
        isPlayerSupported: true,
        PlayerEventType: {TEXT_METADATA_CUE: "PlayerMetadataCueEvent", ERROR: "PlayerError",
                          PLAYBACK_BLOCKED: "PlayerPlaybackBlocked"},
        PlayerState: {PLAYING: "Playing", BUFFERING: "Buffering", ENDED: "Ended", IDLE: "Idle",
                      READY: "Ready"},
        create() { calls.push(["create"]); return player; },
        test: {calls, at(time) { position = time; },
               emit(name, value) { for (const take of listeners.get(name) ?? []) take(value); }},
    };
})();
"""


def stand_in(page):
    page.route("https://player.live-video.net/**", lambda route: route.fulfill(
        status=200, content_type="text/javascript", body=STAND_IN))
    page.route("https://answers.example/**", lambda route: route.fulfill(
        status=200, content_type="application/json", body="{}",
        headers={"access-control-allow-origin": "*",
                 "access-control-allow-headers": "content-type"}))


def play_a_question(page, place=1):
    until(page, "window.IVSPlayer?.test.calls.some(([name]) => name === 'play')")
    assert page.evaluate("IVSPlayer.test.calls") == [
        ["create"], ["attach", "video"], ["autoplay", True], ["muted", True], ["load", PLAYBACK],
        ["play"]]
    page.evaluate("IVSPlayer.test.emit('Playing')")
    page.wait_for_selector("[data-state=live]")
    page.evaluate("""text => {
        IVSPlayer.test.at(12.5);
        IVSPlayer.test.emit("PlayerMetadataCueEvent", {
            type: "TextMetadataCue", startTime: 12.5, endTime: 12.5, description: "", text,
            owner: "metadata.live-video.net"});
    }""", json.dumps(question(seconds=20)))
    page.wait_for_selector("h2:has-text('Question q1?')")
    assert page.locator(".timer b").inner_text() == "20"
    page.evaluate("IVSPlayer.test.at(22.5)")
    until(page, "document.querySelector('.timer b').textContent === '10'")
    page.click(f".choice >> nth={place}")


@contextlib.contextmanager
def viewer_command(program, *words):
    process = program.start("viewer", "--playback-url", PLAYBACK, *words, credentials=None)
    try:
        yield process.wait_for(r"^(http://\S+)/$", "out")[1]
    finally:
        process.signal(15)
        process.finish().ended(143)


def test_a_real_channel_in_amazons_player(pages, program, picture):
    with viewer_command(program) as url:
        page = pages.open(url + "/", prepare=stand_in)
        play_a_question(page)
        page.wait_for_selector("text=Nobody counts answers here")
        page.evaluate(
            "text => IVSPlayer.test.emit('PlayerMetadataCueEvent', {text, startTime: 23})",
            json.dumps(reveal()))
        page.wait_for_selector(".choice.right:has-text('Saturn')")
        picture(page, "real-channel")
        page.get_by_role("button", name="Sound").click()
        assert page.evaluate("IVSPlayer.test.calls.slice(-2)") == [["muted", False], ["play"]]
        for name, state in (("Buffering", "buffering"), ("PlayerPlaybackBlocked", "blocked"),
                            ("Ended", "offline"), ("Playing", "live")):
            page.evaluate("name => IVSPlayer.test.emit(name)", name)
            page.wait_for_selector(f"[data-state={state}]", state="attached")
        policy = ask(url, "GET", "/").headers["content-security-policy"]
        assert "connect-src 'self' https://*.live-video.net" in policy
        assert "script-src 'self' https://player.live-video.net 'wasm-unsafe-eval'" in policy
        assert "worker-src blob:" in policy and "unsafe-inline" not in policy
        assert ask(url, "POST", "/answers", "{}").status == 405


def test_a_real_channel_on_the_stage_page(pages, shared_stage):
    page = pages.open(f"{shared_stage.url}/?playback={PLAYBACK}", prepare=stand_in)
    play_a_question(page)


def test_answers_go_elsewhere(pages, program):
    with viewer_command(program, "--answers-url", "https://answers.example/take") as url:
        page = pages.open(url + "/", prepare=stand_in)
        with page.expect_request(lambda r: r.method == "POST") as request:
            play_a_question(page)
        sent = json.loads(request.value.post_data)
        assert sent | {"viewer": ""} == {"run": "x7k2", "cue": "q1", "viewer": "", "choice": 1}
        page.wait_for_selector("text=Answer sent")
    # Another host's answer to the events is no event stream.
    pages.complaints[:] = [text for text in pages.complaints if "EventSource" not in text]


def test_a_player_that_cannot_be_loaded(pages, program):
    with viewer_command(program) as url:
        page = pages.open(url + "/", prepare=lambda page: page.route(
            "https://player.live-video.net/**", lambda route: route.abort()))
        page.wait_for_selector("text=Amazon's player could not be loaded from its CDN.")
    pages.complaints[:] = [text for text in pages.complaints if "ERR_FAILED" not in text]


def test_the_page_as_files(pages, program):
    folder = program.path("site")
    program.run(
        "viewer", "--playback-url", PLAYBACK, "--answers-url", "https://answers.example/take",
        "--export", folder, credentials=None).ended(0)
    names = sorted(os.listdir(folder))
    assert "index.html" in names and "config.json" in names and len(names) == 13
    with files(folder) as server:
        page = pages.open(f"{server.url}/", prepare=stand_in)
        play_a_question(page)
        page.wait_for_selector("text=Answer sent")
        policy = page.locator(
            "meta[http-equiv=Content-Security-Policy]").get_attribute("content")
        assert "https://answers.example" in policy and "default-src 'none'" in policy
    pages.complaints[:] = [text for text in pages.complaints if "EventSource" not in text]


@pytest.mark.parametrize("words", [
    ("--playback-url", "javascript:alert(1)"), ("--playback-url", "http://example.com/x.m3u8"),
    ("--playback-url", "https://a b"), ("--playback-url", "https://x;script-src *"),
    ("--playback-url", PLAYBACK, "--answers-url", "ftp://x"),
    ("--playback-url", PLAYBACK, "--export", "x", "--port", "80"), (),
])
def test_viewer_options_that_make_no_sense(program, words):
    program.run("viewer", *words, credentials=None).ended(64).helps()
