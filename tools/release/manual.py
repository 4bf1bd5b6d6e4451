# SPDX-License-Identifier: Apache-2.0
"""The manual page lkmc(1), from what the commands' --help says."""


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text


def entries(section):
    for entry in section:
        names = ", ".join(f"\\fB{roff(name)}\\fR" for name in entry.names)
        value = f" \\fI{roff(entry.value)}\\fR" if entry.value else ""
        yield f".TP\n{names}{value}\n{roff(entry.text)}"


def manual(top, commands, version):
    lines = [
        f'.TH LKMC 1 "" "{version}" "User Commands"',
        ".SH NAME",
        "lkmc \\- model checker for litmus tests of the Linux\\-kernel memory model",
        ".SH SYNOPSIS",
    ]
    for command in commands.values():
        lines += [f"\\fB{roff(command.usage)}\\fR", ".br"]
    lines += [".SH DESCRIPTION", roff(top.about), ".SH OPTIONS", *entries(top.options()), ".SH COMMANDS"]
    for name, command in commands.items():
        lines += [f'.SS "{roff(command.usage)}"', roff(command.about) + "."]
        for section in command.sections.values():
            lines += entries(section)
        for paragraph in command.closing:
            lines += [".PP", roff(paragraph)]
    lines += [
        ".SH ENVIRONMENT",
        ".TP\n\\fBCXX\\fR\nThe compiler for C++ tests; g++ if it is not set.",
        ".TP\n\\fBNO_COLOR\\fR\nIf it is set, the text formats have no colour.",
        ".SH FILES",
        ".TP\n\\fI/usr/share/doc/lkmc\\fR\nThe documentation.",
        ".TP\n\\fI/usr/share/lkmc\\fR\nThe memory models and the headers of C++ tests. The program has both built in.",
    ]
    return "\n".join(lines) + "\n"
