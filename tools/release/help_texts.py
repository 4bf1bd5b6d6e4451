# SPDX-License-Identifier: Apache-2.0
"""What `lkmc --help` and `lkmc COMMAND --help` say, taken apart, for the manual page and for completion."""

import re
import subprocess
from dataclasses import dataclass, field


COLUMN = 26


@dataclass
class Entry:
    """An option with its value, an argument or a command: `--jobs N` and what it does."""

    names: list
    value: str
    text: str

    def choices(self):
        """The values to choose from, if the help lists them: `text|json`."""
        return self.value.split("|") if re.fullmatch(r"[a-z]+(\|[a-z]+)+", self.value) else []


@dataclass
class Help:
    about: str
    usage: str
    sections: dict = field(default_factory=dict)  # by title: a list of entries
    closing: list = field(default_factory=list)  # paragraphs

    def options(self):
        return [entry for entry in self.sections.get("Options", []) if entry.names[0].startswith("-")]


def parse(text):
    about, usage, *rest = text.splitlines()
    result = Help(about, usage.removeprefix("Usage: "))
    section = None
    paragraph = []
    for line in rest:
        title = re.fullmatch(r"(\w+):", line)
        entry = re.match(r"  \S", line)
        more = re.match(" {10}", line)
        if title:
            section = result.sections.setdefault(title[1], [])
        elif more and section:
            section[-1].text = f"{section[-1].text} {line.strip()}".strip()
        elif entry and section is not None:
            # What it does stands in a column of its own, or on the next line.
            fits = line[COLUMN - 1 : COLUMN] == " "
            words, text = (line[:COLUMN], line[COLUMN:]) if fits else (line, "")
            names, _, value = words.strip().removesuffix(" REQUIRED").partition(" ")
            section.append(Entry(names.split(","), value, text))
        elif line:
            paragraph.append(line)
        if not line and paragraph:
            result.closing.append(" ".join(paragraph))
            paragraph = []
        if not line:
            section = None
    if paragraph:
        result.closing.append(" ".join(paragraph))
    return result


def read(lkmc):
    """The help of lkmc itself and, by name, of its commands."""
    ask = lambda *words: parse(subprocess.run([lkmc, *words, "--help"], check=True, capture_output=True, text=True).stdout)
    top = ask()
    return top, {command.names[0]: ask(command.names[0]) for command in top.sections["Subcommands"]}
