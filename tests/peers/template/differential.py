#!/usr/bin/env python3
"""Our templates against the real ones: rules.txt through promtool's rule tests, text.txt and html.txt through amtool.

    differential.py TEMPLATE_PROBE

Each line of the files is a template; generator.py makes up more. Both sides must print the same, or both must fail. What we
leave out on purpose: %v of whole query results (Go prints addresses), the type of a string's byte (uint8 in Go), toDuration,
now and urlQueryEscape (younger than the peer), printing inside CSS url() (an error with us).
"""
import ast, concurrent.futures, json, os, pathlib, re, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import generator  # noqa: E402

# What is made up beside the files. Another seed tries others.
SEED = int(os.environ.get("TEMPLATE_SEED", "1"))
RANDOM = {"rules": 250, "text": 250, "html": 0}
PEERS = pathlib.Path(os.environ.get("PEERS", pathlib.Path.home() / "peers")) / "bin"


def ours(probe, mode, templates):
    done = subprocess.run([probe, mode], input="\n".join(templates) + "\n", capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def promtool(template):
    """The annotation that promtool shows in its complaint about an alert nobody expected; None for a failure."""
    rule = {"alert": "A", "expr": "m{job='j'}", "annotations": {"a": template}}
    test = {"rule_files": ["r.yml"], "tests": [{
        "interval": "1m", "external_labels": {"region": "eu"},
        "input_series": [{"series": 'm{instance="a:80",job="j"}', "values": "1 2 3"},
                         {"series": 'm{instance="b:80",job="k"}', "values": "10 20 30"}],
        "alert_rule_test": [{"eval_time": "2m", "alertname": "A", "exp_alerts": []}]}]}
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "r.yml").write_text(json.dumps({"groups": [{"name": "g", "rules": [rule]}]}))
        pathlib.Path(folder, "t.yml").write_text(json.dumps(test))
        done = subprocess.run([PEERS / "promtool", "test", "rules", "t.yml"], cwd=folder, capture_output=True, text=True)
    shown = re.search(r'Annotations:\{a=("(?:[^"\\]|\\.)*")\}', done.stdout + done.stderr)
    text = ast.literal_eval(shown[1]) if shown else ""
    if shown is None and "Annotations:{}" in done.stdout + done.stderr:
        return ""
    return text if shown and not text.startswith("<error expanding template:") else None


def amtool(mode):
    def render(template):
        done = subprocess.run([PEERS / "amtool", "template", "render", f"--template.glob={HERE}/empty.tmpl",
                               f"--template.type={mode}", f"--template.text={template}"], capture_output=True, text=True)
        return done.stdout if done.returncode == 0 else None
    return render


def compare(probe, mode, theirs):
    templates = (HERE / f"{mode}.txt").read_text().splitlines()
    templates += generator.templates(SEED, RANDOM[mode], mode == "rules")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        expected = list(pool.map(theirs, templates))
    differing = 0
    for template, want, got in zip(templates, expected, ours(probe, mode, templates), strict=True):
        if want != got:
            differing += 1
            print(f"{mode}: {template}\n  peer {want!r}\n  ours {got!r}")
    print(f"{mode}: {len(templates)} templates, {differing} differ")
    return differing


def main():
    if not (PEERS / "promtool").exists() or not (PEERS / "amtool").exists():
        print("no promtool and amtool here: skipped")
        return 77
    probe = sys.argv[1]
    return 1 if compare(probe, "rules", promtool) + compare(probe, "text", amtool("text")) + \
        compare(probe, "html", amtool("html")) else 0


if __name__ == "__main__":
    sys.exit(main())
