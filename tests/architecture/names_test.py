#!/usr/bin/env python3
"""Fails when a name in the anonymous namespace of a .cc file is defined in another file of the room, too.

The sanitizers, clang-tidy and the fuzzers compile a room, or a room's test program, as one unit (ARCHITECTURE.md,
"Tests"), where such a pair is a redefinition. It reads lines, not C++: functions that differ in their parameters'
types are overloads and pass; what it misses the compiler finds, later.
"""
import collections
import re
import sys
from pathlib import Path

TREES = ("base", "alerting", "exporter", "backend", "tests")
TYPE = re.compile(r"(?:struct|class|enum class|enum|union) (\w+)(?=[^;]*(?:\{|$))")
ALIAS = re.compile(r"using (\w+) = (.*);")
USING = re.compile(r"using ([\w:]+::(\w+));")
CONSTANT = re.compile(r"(?:constexpr|const|static|inline)\b.*?\b(k[A-Z]\w*)\b")
FUNCTION = re.compile(r"(?!if\b|for\b)[\w:<>,&*\s]+?\b(\w+)\((.*)")
CASE = re.compile(r"TEST(?:_F|_P)?\((\w+), (\w+)\)")
MACRO = re.compile(r"[A-Z][A-Z_0-9]*$")


def definitions(path, text):
    """(name, what tells it from an overload) of each definition at the left margin: of a header all that is inline, of
    a source those in its anonymous namespace."""
    inside = False
    if path.endswith(".h"):
        text = "namespace {\n" + "\n".join(re.findall(r"^inline (?!constexpr|const|namespace).*", text, re.M))
    for line in text.splitlines():
        if line == "namespace {":
            inside = True
        elif line == "}  // namespace":
            inside = False
        elif inside and line and line[0] not in " }/#)":
            if case := CASE.match(line):
                yield ".".join(case.groups()), "test"
            elif found := TYPE.match(line):
                yield found[1], "type"
            elif found := ALIAS.match(line):
                yield found[1], "alias of " + found[2]
            elif found := USING.match(line):
                yield found[2], "alias of " + found[1].removeprefix("::")
            elif found := CONSTANT.match(line):
                yield found[1], "constant"
            elif (found := FUNCTION.match(line)) and not MACRO.match(found[1]):
                # The parameters' types as far as they stand on the line, without the parameters' names.
                yield found[1], "function " + re.sub(r"\b\w+\s*(?=[,)=])", "", found[2].partition("{")[0])


def clashes(files):
    """`files` maps a path to its text; all of one room."""
    places = collections.defaultdict(lambda: collections.defaultdict(set))
    for path, text in files.items():
        for name, kind in definitions(path, text):
            places[name][kind].add(path)
    found = []
    for name, kinds in sorted(places.items()):
        aliases = {kind for kind in kinds if kind.startswith("alias of ")}
        if len(aliases) > 1:
            found.append(f"{name} is an {' and an '.join(sorted(aliases))} in one room")
        for kind, paths in kinds.items():
            if len(paths) > 1 and kind not in aliases:
                found.append(f"{name} is defined in {', '.join(sorted(paths))}")
    return found


def room_of(path, root):
    folder = path.parent
    while folder != root and not (folder / "CMakeLists.txt").exists():
        folder = folder.parent
    return folder


def faults(root):
    rooms = collections.defaultdict(dict)
    for tree in TREES:
        for path in sorted((root / tree).rglob("*.[ch]*")):
            # Each fuzz target and benchmark is a program of its own.
            if path.suffix in (".cc", ".h") and not {"fuzz", "bench"} & set(path.relative_to(root).parts):
                rooms[room_of(path, root)][path.relative_to(root).as_posix()] = path.read_text()
    return [clash for files in rooms.values() for clash in clashes(files)]


def check_itself():
    """Pairs that clash and pairs that don't; returns those judged wrongly."""
    def of(body):
        return "namespace {\n" + body + "\n}  // namespace\n"

    wrong = ["int Read(int from) {", "constexpr int kMost = 1;", "struct Row {", "TEST(Room, Works) {"]
    right = [("int Read(int from) {", "int Read(char from) {"), ("struct Row;", "struct Row;"),
             ("using Json = a::json;", "using Json = a::json;")]
    missed = [f"a second '{body}' went unnoticed" for body in wrong if not clashes({"a": of(body), "b": of(body)})]
    missed += [f"'{a}' beside '{b}' is no clash" for a, b in right if clashes({"a": of(a), "b": of(b)})]
    for a, b in (("using Json = a::Json;", "using Json = b::Json;"), ("using a::Json;", "using b::Json;")):
        if not clashes({"a": of(a), "b": of(b)}):
            missed.append(f"'{a}' beside '{b}' went unnoticed")
    if not clashes({"a.h": "inline bool Is(char c) {", "b.cc": of("bool Is(char c) {")}):
        missed.append("a function that a header defines went unnoticed")
    return missed


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2])
    found = faults(root) or check_itself()
    print("\n".join(found) if found else "every name in an anonymous namespace is its room's only one")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
