"""Random templates of the functions that rules and messages have, for the differential test: the same for a seed."""

import random

NUMBERS = ["0", "1", "-1", "42", "1000000", "0.5", "-3.25", "1e3", "1e21", "1e-7", "123456.789", "0x1f", "1_000", "'a'"]
STRINGS = ['""', '"abc"', '"ABC def"', '"a.b:80"', '"1.5"', '"<b>&\\"x\\"</b>"', '"é\\n"', "`raw \\n`", '"10"', '"foo-bar_baz"']
VERBS = ["%v", "%d", "%s", "%q", "%x", "%5d", "%-6v|", "%06.2f", "%+v", "%e", "%g", "%t", "%c", "%T", "%%", "%08b", "%.3s", "%U"]
FLAGGED = [f"%{flags}{width}{precision}{verb}" for flags in ("", "#", "+", "-", " ", "0", "#0", "+-") for width in ("", "8")
           for precision in ("", ".0", ".3") for verb in "vdboOxXUqsceEfgGtT"]
TIMES = ["0", "1.5", "-1", "1435065584.128", "951782400", "253402300799", "-62135596800"]
LAYOUTS = ["2006-01-02 15:04:05", "Jan _2 3:4:5.000pm Monday", "02/1/06 03PM .999 MST -0700", "Z07:00 002 __2 -07:00:00", "Janus Money 2 January"]
COMPARISONS = ["eq", "ne", "lt", "le", "gt", "ge"]


class Templates:
    def __init__(self, seed, rules):
        self.random = random.Random(seed)
        self.rules = rules
        self.depth = 0

    def pick(self, *choices):
        return self.random.choice(choices)

    def number(self):
        return self.random.choice(NUMBERS + (["$value", ".Value"] if self.rules else []))

    def string(self):
        return self.random.choice(STRINGS + (["$labels.job", ".Labels.instance", "$labels.nope"] if self.rules else []))

    def value(self):
        if self.depth > 3:
            return self.pick(self.number(), self.string(), "true")
        self.depth += 1
        value = self.pick(self.number, self.string, self.call, lambda: self.pick("true", "false", "$x"))()
        self.depth -= 1
        return value

    def time(self):
        """A value made of times, which rules alone have."""
        one, other = (f"(toTime {self.pick(*TIMES)})" for _ in range(2))
        return self.pick(
            f"({one}.Format \"{self.pick(*LAYOUTS)}\")", f"({one}.{self.pick('Unix', 'Year', 'YearDay', 'Hour', 'UTC', 'IsZero')})",
            f"(printf \"{self.pick('%v', '%d', '%9s|', '%q', '%x')}\" {one}.{self.pick('Month', 'Weekday')})", f"({one}.Weekday)",
            f"({one}.AddDate {self.pick('0', '1')} {self.pick('-1', '13')} {self.pick('0', '-400')})", f"({one}.Sub {other})",
            f"(({one}.Sub {other}).{self.pick('Hours', 'Minutes', 'Seconds', 'Milliseconds', 'String')})",
            f"({one}.{self.pick('Truncate', 'Round')} ((toTime 3700).Sub (toTime 100)))", f"({one}.{self.pick('Before', 'Compare')} {other})")

    def call(self):
        functions = [
            lambda: f"printf \"{''.join(self.pick(*VERBS) for _ in range(self.pick(1, 2)))}\" {self.value()}",
            lambda: f"printf \"{self.pick(*FLAGGED)}\" {self.pick(self.number(), self.string(), 'true', self.value())}",
            lambda: f"{self.pick(*COMPARISONS)} {self.value()} {self.value()}",
            lambda: f"{self.pick('and', 'or')} {self.value()} {self.value()}",
            lambda: f"not {self.value()}", lambda: f"len {self.string()}", lambda: f"print {self.value()} {self.value()}",
            lambda: f"printf \"%d\" (index {self.string()} {self.pick('0', '1', '9')})", lambda: f"slice {self.string()} {self.pick('0', '1')}",
            lambda: f"{self.pick('html', 'js', 'urlquery')} {self.value()}",
            lambda: f"{self.pick('title', 'toUpper', 'toLower')} {self.string()}",
            lambda: f"reReplaceAll {self.pick(chr(34) + 'b' + chr(34), chr(34) + '[a-c]+' + chr(34), '`(.)o`')} \"<$1>\" {self.string()}",
            lambda: f"match {self.pick('`^a`', '`[0-9]`')} {self.string()}",
        ]
        if self.rules:
            functions += [
                lambda: f"{self.pick('humanize', 'humanize1024', 'humanizeDuration', 'humanizePercentage')} {self.value()}",
                lambda: f"{self.pick('stripPort', 'stripDomain', 'parseDuration')} {self.string()}",
            ]
            if self.random.random() < 0.15:
                return self.time()
        return f"({self.random.choice(functions)()})"

    def pipeline(self):
        pipe = self.value()
        for _ in range(self.pick(0, 0, 1, 2)):
            pipe += " | " + self.pick("len", "print", "html", "printf \"%v\"", "toUpper", "title", "not", "urlquery",
                                      *(["humanize", "stripPort"] if self.rules else ["trimSpace"]))
        return pipe

    def text(self):
        return self.pick("", "text ", " x", "\t", "<p>", "a & b ")

    def action(self):
        trim, end = self.pick("{{", "{{", "{{- "), self.pick("}}", "}}", " -}}")
        self.depth += 1
        shallow = self.depth < 3
        kinds = [lambda: f"{trim}{self.pipeline()}{end}", lambda: f"{trim}$x = {self.pipeline()}{end}",
                 lambda: f"{trim}/* a comment */{end}"]
        if shallow:
            kinds += [
                lambda: f"{trim}if {self.pipeline()}{end}{self.body()}{{{{else}}}}{self.body()}{{{{end}}}}",
                lambda: f"{trim}with $y := {self.pipeline()}{end}{{{{$y}}}}{self.body()}{{{{end}}}}",
                lambda: f"{trim}if {self.pipeline()}{end}{self.body()}{{{{else if {self.pipeline()}}}}}{self.body()}{{{{end}}}}",
            ]
            if self.rules:
                kinds.append(lambda: '{{range $i, $e := query "m" | sortByLabel "job"}}{{$i}}{{$e.Value}}'
                                     + self.body() + "{{end}}")
        action = self.random.choice(kinds)()
        self.depth -= 1
        return action

    def body(self):
        return "".join(self.text() + self.action() for _ in range(self.pick(1, 1, 2)))

    def template(self):
        self.depth = 0
        return f"{{{{$x := {self.value()}}}}}" + self.body() + self.text()


def templates(seed, count, rules):
    """`count` of them, each on one line."""
    source = Templates(seed, rules)
    return [source.template() for _ in range(count)]
