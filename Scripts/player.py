#!/usr/bin/env python3
"""Opens pages of 'consim replay --html' in a headless browser and holds them to traces of the same runs.

Usage: Scripts/player.py CONSIM [BROWSER]

Each page is opened at three widths. It must have as many events as the trace, write nothing to the console, and
be walked through by keys alone. Two runs that differ in one rule must part where their traces do. A page of
100,000 events must stay below a megabyte and be painted within a second. Exit code 1 where a page does not.
"""

import html
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SCENARIO = """
name: pages
measure: metrics
series:
  - { protocol: pbft }
  - { protocol: sc-pbft }
variants:
  - { name: plain }
  - { name: lie, with: { faults: [{ nodes: [1], behaviour: tamper, messages: [pre-prepare], from: 200 ms }] } }
  - { name: literal, with: { sc-pbft.marking: literal, faults: [{ nodes: [1], behaviour: tamper, messages: [pre-prepare], from: 200 ms }] } }
  - { name: patient, with: { pbft.view-timeout: 12 s } }
  - { name: long, series: [PBFT], with: { schedule: { tests: 1, window: 4 s } } }
replicas: 4
network: { latency: { law: uniform, from: 1 ms, to: 2 ms } }
clients: { connections: 4, timeout: 1 s }
schedule: { tests: 3, window: 200 ms, rotation-delay: 50 ms, interval: 300 ms }
pbft: { rotation: per-test, view-timeout: 10 s }
"""

# The runs in the order of the scenario.
NAMES = ["PBFT plain", "sc-PBFT plain", "PBFT lie", "sc-PBFT lie", "PBFT literal", "sc-PBFT literal",
         "PBFT patient", "sc-PBFT patient", "PBFT long"]
# Pages of one run, and of two that differ in one rule.
PAGES = [("PBFT lie",), ("PBFT plain", "sc-PBFT plain"), ("PBFT plain", "PBFT lie"), ("sc-PBFT lie", "sc-PBFT literal"),
         ("PBFT lie", "PBFT patient"), ("PBFT long",)]
WIDTHS = [1280, 720, 400]
WALK = """
<script>
addEventListener("load", () => setTimeout(() => {
  const press = (key) => document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  const at = () => player.state.event, seen = [];
  for (const key of ["Home", "ArrowRight", "ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "e", "c", "+", "-", "d", "r", "b", "End"]) { press(key); seen.push(key + " " + at()); }
  press("Home");
  const first = at();
  press("End");
  const last = at();
  const result = { events: player.runs.map((run) => run.n), parting: player.parting, first, last, seen,
    wide: document.documentElement.scrollWidth > innerWidth, status: document.getElementById("status").textContent };
  const text = document.createElement("pre");
  text.id = "result";
  text.textContent = JSON.stringify(result);
  document.body.append(text);
}, 100));
</script>
"""
# A page under virtual time paints nothing.
WATCH = """
<script>
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) console.log("painted " + entry.startTime);
}).observe({ type: "paint", buffered: true });
</script>
"""


def fail(text: str) -> None:
    print(f"player: {text}", file=sys.stderr)
    sys.exit(1)


def trace(consim: str, scenario: str, name: str) -> list[str]:
    """The events of a run, but for what is known only after it."""
    series, variant = name.split()
    lines = subprocess.run([consim, "trace", scenario, "--series", series, "--variant", variant], check=True,
                           capture_output=True, text=True).stdout.splitlines()[1:]
    return lines


def opened(browser: str, page: pathlib.Path, width: int) -> dict:
    """What a page says of itself at a width."""
    walked = page.with_name(f"walked-{width}-{page.name}")
    walked.write_text(page.read_text().replace("</body>", WALK + "</body>"))
    run = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--window-size={width},1200", "--virtual-time-budget=5000",
         "--enable-logging=stderr", "--v=0", "--dump-dom", walked.as_uri()], capture_output=True, text=True, timeout=120)
    console = [line for line in run.stderr.splitlines() if "CONSOLE" in line]
    if console:
        fail(f"{page.name} at {width}: the console has {console[0]}")
    found = re.search(r'<pre id="result">(.*?)</pre>', run.stdout, re.S)
    if not found:
        fail(f"{page.name} at {width}: the page did not run")
    walked.unlink()
    return json.loads(html.unescape(found[1]))


def painted(browser: str, page: pathlib.Path) -> float:
    """After how many milliseconds a page is painted first."""
    watched = page.with_name(f"watched-{page.name}")
    watched.write_text(page.read_text().replace("</body>", WATCH + "</body>"))
    run = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1280,1200", "--timeout=4000", "--v=0",
         "--enable-logging=stderr", f"--screenshot={watched.with_suffix('.png')}", watched.as_uri()],
        capture_output=True, text=True, timeout=120)
    times = [float(time) for time in re.findall(r'"painted ([0-9.]+)"', run.stderr)]
    if not times:
        fail(f"{page.name}: the browser does not tell when it was painted")
    watched.unlink()
    return min(times)


def check(consim: str, browser: str, scratch: pathlib.Path, names: tuple[str, ...]) -> None:
    scenario = str(scratch / "pages.yaml")
    page = scratch / ("-".join(names).replace(" ", "-") + ".html")
    words = [consim, "replay", scenario, "--run", str(NAMES.index(names[0]) + 1), "--html", str(page)]
    if len(names) == 2:
        words += ["--beside", str(NAMES.index(names[1]) + 1)]
    subprocess.run(words, check=True, capture_output=True)
    traces = [trace(consim, scenario, name) for name in names]
    size, events = page.stat().st_size, sum(len(lines) for lines in traces)
    for width in WIDTHS:
        found = opened(browser, page, width)
        if found["events"] != [len(lines) for lines in traces]:
            fail(f"{page.name}: {found['events']} events, the traces have {[len(lines) for lines in traces]}")
        if found["first"] != 0 or found["last"] not in [count - 1 for count in found["events"]]:
            fail(f"{page.name} at {width}: keys went to {found['first']} and {found['last']}")
        if len({step.split()[-1] for step in found["seen"]}) < 4:
            fail(f"{page.name} at {width}: keys moved nothing: {found['seen']}")
        if found["wide"]:
            fail(f"{page.name} at {width}: the page is wider than the window")
        if len(names) == 2:
            # That a machine is called Byzantine is no deed of it.
            deeds = [[(place, line) for place, line in enumerate(lines) if '"condition":"byzantine"' not in line] for lines in traces]
            pairs = zip(*deeds)
            parting = next((left[0] for left, right in pairs if left[1] != right[1]), len(traces[0]))
            # Broken invariants stand at the end of a trace and in their places on a page.
            if found["parting"] != parting and not any('"violated"' in line for lines in traces for line in lines):
                fail(f"{page.name}: the page parts at {found['parting']}, the traces at {parting}")
    if events > 90_000 and size > events * 10:
        fail(f"{page.name}: {size} bytes for {events} events")
    paint = painted(browser, page)
    if paint > 1000:
        fail(f"{page.name}: painted after {paint:.0f} ms")
    print(f"player: {page.name}: {events} events, {size} bytes, parting {found['parting']}, painted after {paint:.0f} ms", flush=True)


def main() -> None:
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    browser = sys.argv[2] if len(sys.argv) == 3 else shutil.which("chromium")
    if not browser:
        print("player: there is no chromium", file=sys.stderr)
        sys.exit(69)
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        (scratch / "pages.yaml").write_text(SCENARIO)
        for names in PAGES:
            check(os.path.realpath(sys.argv[1]), browser, scratch, names)


main()
