#!/usr/bin/env python3
"""Reads every #include of ours and every room's links, and fails when one runs against the architecture.

Three rules, each checked on the real tree:
  1. LAYERS below is the direction of dependency: a room includes only rooms of lower layers, or itself.
     Rooms that share a layer do not know each other.
  2. What a file includes, its room links: PUBLIC what its headers include, PUBLIC or PRIVATE what its .cc files do.
  3. What a room links, it includes: no link is left over.
Then the check checks itself: an include against the direction, put into a copy, has to be found.
"""
import re
import shutil
import sys
import tempfile
from pathlib import Path

# Lowest first. A name stands for the room and the rooms below it ("alerting/collect" for "alerting/collect/scrape").
LAYERS = [
    ["base"],
    ["base/async", "base/yaml", "base/exposition", "base/flags"],
    ["base/curl", "base/dns"],
    ["base/http"],
    ["base/smtp", "base/web_config", "exporter/checkpoint", "exporter/lines", "exporter/syslog"],
    ["alerting/model", "exporter/kernel", "exporter/tail", "exporter/parse", "backend"],
    ["alerting/collect", "alerting/store", "alerting/promql", "alerting/remote", "alerting/template", "alerting/state",
     "exporter/traffic", "exporter/stub_status", "exporter/certificates", "exporter/host", "exporter/containers",
     "exporter/evidence"],
    ["alerting/rules", "alerting/notify", "exporter/config", "exporter/errors"],
    ["alerting/config"],
    ["alerting/web"],
    ["alerting", "exporter"],
]
PROGRAMS = ("base", "alerting", "exporter", "backend")
INCLUDE = re.compile(r'^\s*#\s*include\s+"((?:%s)/[^"]+)"' % "|".join(PROGRAMS), re.M)
ROOM = re.compile(r"tocsin_(room|program)\(\s*(\S+)(.*?)\n?\)", re.S)
LINK = re.compile(r"tocsin::([a-z_0-9]+)")


def layer_of(room):
    """The layer and name of the longest entry of LAYERS that holds the room; (None, None) when none does."""
    best = (None, None)
    for number, names in enumerate(LAYERS):
        for name in names:
            if (room == name or room.startswith(name + "/")) and len(name) > len(best[1] or ""):
                best = (number, name)
    return best


class Tree:
    """The rooms of a source tree: their files, and what they say they link."""

    def __init__(self, root):
        self.root = Path(root)
        self.public, self.private, self.rooms = {}, {}, {}
        lists = [p for program in PROGRAMS for p in sorted((self.root / program).rglob("CMakeLists.txt"))]
        for path in lists:
            folder = path.parent.relative_to(self.root).as_posix()
            for kind, name, body in ROOM.findall(re.sub(r"#.*", "", path.read_text())):
                room = name if kind == "room" else folder
                public, private = self.links_of(body, kind)
                self.public.setdefault(room, set()).update(public)
                self.private.setdefault(room, set()).update(private)
        self.by_target = {room.replace("/", "_"): room for room in self.public}

    @staticmethod
    def links_of(body, kind):
        links = {"HEADERS": set(), "SOURCES": set(), "PUBLIC": set(), "PRIVATE": set(), "LINKS": set()}
        section = "SOURCES"
        for word in body.split():
            if word in links:
                section = word
            elif LINK.match(word):
                links[section].add(LINK.match(word).group(1))
        return links["PUBLIC"], links["PRIVATE"] | links["LINKS"]

    def room_of(self, path):
        """The innermost room whose folder holds the file (a path from the root)."""
        for parent in Path(path).parents:
            if parent.as_posix() in self.public:
                return parent.as_posix()
        return None

    def reach(self, targets):
        """The rooms behind these links, with all that they link PUBLIC."""
        seen, todo = set(), list(targets)
        while todo:
            room = self.by_target.get(todo.pop())
            if room and room not in seen:
                seen.add(room)
                todo.extend(self.public[room])
        return seen

    def includes(self):
        """(file, line, its room, the included path, the room of that), all as paths from the root."""
        for program in PROGRAMS:
            for path in sorted((self.root / program).rglob("*")):
                if path.suffix not in (".h", ".cc"):
                    continue
                name = path.relative_to(self.root).as_posix()
                text = path.read_text()
                for match in INCLUDE.finditer(text):
                    line = text.count("\n", 0, match.start(1)) + 1
                    yield name, line, self.room_of(name), match.group(1), self.room_of(match.group(1))


def direction_faults(room, other):
    (from_layer, from_name), (to_layer, to_name) = layer_of(room), layer_of(other)
    if from_layer is None or to_layer is None:
        return f"{room if from_layer is None else other} has no place in LAYERS"
    if from_name == to_name or to_layer < from_layer:
        if room.split("/")[0] != other.split("/")[0] and other.split("/")[0] != "base":
            return f"{room} and {other} belong to different programs, which share base/ alone"
        return None
    return f"{room} must not know {other}: dependencies run the other way"


def faults(root):
    tree = Tree(root)
    found, used = [], {}
    for name, line, room, included, other in tree.includes():
        place = f"{name}:{line}"
        if not (tree.root / included).exists():
            found.append(f"{place}: there is no {included}")
        elif room is None or other is None:
            found.append(f"{place}: {name if room is None else included} belongs to no room")
        elif room != other:
            used.setdefault(room, set()).add(other)
            fault = direction_faults(room, other)
            links = tree.public[room] if name.endswith(".h") else tree.public[room] | tree.private[room]
            if fault:
                found.append(f"{place}: {fault}")
            elif other not in tree.reach(links):
                kind = "PUBLIC " if name.endswith(".h") else ""
                found.append(f"{place}: {room} includes {included} without the {kind}link tocsin::{other.replace('/', '_')}")
    for room in tree.public:
        for target in sorted(tree.public[room] | tree.private[room]):
            other = tree.by_target.get(target)
            if other is None:
                found.append(f"{room}/CMakeLists.txt: links tocsin::{target}, which is no room")
            elif other != room and other not in used.get(room, set()):
                found.append(f"{room}/CMakeLists.txt: links tocsin::{target}, but includes nothing of it")
    return found


def check_itself(root):
    """Puts one include of each wrong kind into a copy; returns those that went unnoticed."""
    wrong = [("base/error.h", "alerting/model/labels.h"), ("alerting/model/labels.h", "alerting/notify"),
             ("alerting/promql", "alerting/store"), ("alerting/model/labels.h", "exporter/parse")]
    missed = []
    for target, included in wrong:
        with tempfile.TemporaryDirectory() as copy:
            for program in PROGRAMS:
                shutil.copytree(Path(root) / program, Path(copy) / program)
            path, header = (first_header(Path(copy) / part) for part in (target, included))
            path.write_text(f'#include "{header.relative_to(copy).as_posix()}"\n' + path.read_text())
            if not any(fault.startswith(path.relative_to(copy).as_posix() + ":1:") for fault in faults(copy)):
                missed.append(f"an include of {included} in {target} went unnoticed")
    return missed


def first_header(path):
    return path if path.is_file() else sorted(path.rglob("*.h"))[0]


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]
    found = faults(root) or check_itself(root)
    print("\n".join(found) if found else "every include runs with the architecture")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
